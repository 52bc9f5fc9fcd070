import { spawn } from 'node:child_process'
import { chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Account } from './account'

/**
 * Makes the folder of a new database cluster. Works in a folder beside it and renames, so that a set-up that was
 * interrupted leaves nothing that looks whole.
 */
export async function createCluster(
  cluster: string,
  initdb: string,
  password: string,
  account: Account,
): Promise<void> {
  const work = `${cluster}.partial`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true, mode: 0o700 })
  const fresh = join(work, 'cluster')
  const passwordFile = join(work, 'password')
  mkdirSync(fresh, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (account.owner) {
    for (const path of [work, fresh, passwordFile]) chownSync(path, account.owner.uid, account.owner.gid)
  }
  await runInitdb(account, initdb, [
    `--pgdata=${fresh}`,
    `--pwfile=${passwordFile}`,
    '--username=forge',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // the built-in provider sorts the same on every operating system, so an index survives a move
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ])
  renameSync(fresh, cluster)
  rmSync(work, { recursive: true, force: true })
}

function runInitdb(account: Account, initdb: string, args: string[]): Promise<void> {
  const launched = account.launch(initdb, args)
  const { program, args: launchArgs, ...identity } = launched
  return new Promise((resolve, reject) => {
    const child = spawn(program, launchArgs, {
      ...identity,
      cwd: '/',
      env: { PATH: process.env['PATH'], LANG: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk: Buffer) => (output += chunk.toString())
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (cause) => reject(new Error(`initdb could not be started: ${cause.message}`, { cause })))
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`initdb failed with code ${code}: ${output.trim()}${remedyFor(output)}`))
    })
  })
}

const remedyFor = (output: string) =>
  output.includes('could not look up effective user ID')
    ? '\nThis user has no entry in /etc/passwd. Add one, or set FORGE_DATABASE_URL to an external PostgreSQL.'
    : ''
