/**
 * Runs the named npm scripts, all of them even when one fails, so that one run shows every problem. Those before `--` are
 * checks: they run two at a time, since most use one core, and print when they end. Those after it are tests and run one
 * after the other. Ends with a list and, when a stage failed, code 1. Leaves the verdicts in .tmp/stages.json.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/step.mjs'

/** Runs one script. `isQuiet`: what it printed comes as one piece at its end, so that two do not mix. */
const runStage = (name, isQuiet) =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    console.log(isQuiet ? `→ ${name}` : `\n── ${name}`)
    const child = spawn('npm', ['run', '--silent', name], {
      cwd: root,
      stdio: ['inherit', ...(isQuiet ? ['pipe', 'pipe'] : ['inherit', 'inherit'])],
      shell: process.platform === 'win32',
    })
    const output = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      if (isQuiet) process.stdout.write(`\n── ${name}\n${Buffer.concat(output).toString()}`)
      resolve({ name, passed: code === 0, seconds: (performance.now() - started) / 1000 })
    })
  })

const names = process.argv.slice(2)
const border = names.includes('--') ? names.indexOf('--') : names.length
const waiting = names.slice(0, border)
const results = []
const work = async () => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) results.push(await runStage(name, true))
}
await Promise.all([work(), work()])
for (const name of names.slice(border + 1)) results.push(await runStage(name, false))
mkdirSync(join(root, '.tmp'), { recursive: true })
writeFileSync(join(root, '.tmp', 'stages.json'), JSON.stringify(results))

console.log()
for (const { name, passed, seconds } of results) {
  console.log(
    `${passed ? '✓' : '✗'} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s${passed ? '' : '   FAILED'}`,
  )
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
