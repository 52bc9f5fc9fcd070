import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A problem the reader can act on: shown without a stack trace, with the remedy. */
export class SetupError extends Error {
  constructor(message, remedy) {
    super(`${message}\n  What to do: ${remedy}`)
  }
}

/** A program that failed: the message is its command line and its output, which say more than our stack trace. */
export class CommandError extends Error {}

// stderr, so that `npm run -s forge -- … --json` keeps a clean stdout
export const say = (line) => process.stderr.write(`${line}\n`)

/** Runs one piece of work under a line that says what it is and how long it took. */
export async function step(what, work) {
  const started = performance.now()
  say(`→ ${what}`)
  await work()
  say(`  done in ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

/** Runs a program quietly; on failure throws with the end of what it printed. */
export function run(program, args, { cwd = root, env = {}, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      shell,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk) => {
      output += chunk
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (cause) =>
      reject(new CommandError(`${program} could not be started: ${cause.message}`, { cause })),
    )
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output)
      else
        reject(
          new CommandError(`${program} ${args.join(' ')} ended with ${signal ?? `code ${code}`}:\n${excerpt(output)}`),
        )
    })
  })
}

/** Runs npm: the one that started this program, else the one on the path. */
export function npm(args, { cwd = root, env = {} } = {}) {
  const started = process.env.npm_execpath
  if (started?.endsWith('.js')) return run(process.execPath, [started, ...args], { cwd, env })
  return run('npm', args, { cwd, env, shell: process.platform === 'win32' })
}

/** The first and the last lines of a long output: the cause stands in one of them. */
function excerpt(output) {
  const lines = output.trimEnd().split('\n')
  return (lines.length <= 40 ? lines : [...lines.slice(0, 15), '…', ...lines.slice(-25)]).join('\n')
}

/** The hash of some texts; the order counts. */
export const hashOf = (...texts) => createHash('sha256').update(texts.join('\0')).digest('hex')

/** The text of a file, or undefined when there is none. */
export function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}

// The stamp lies inside what it speaks of: deleting the folder deletes the claim that it is complete.
const stampFile = (folder) => join(folder, '.forge-setup')
export const isStamped = (folder, stamp) => readIfThere(stampFile(folder)) === stamp
export const writeStamp = (folder, stamp) => writeFileSync(stampFile(folder), stamp)
