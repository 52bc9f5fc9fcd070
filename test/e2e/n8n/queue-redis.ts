import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../../scripts/n8n/start.mjs'

const places = [
  process.env['FORGE_REDIS'],
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
  // Debian's redis-tools: one program, which is the server when it is called so
  '/usr/bin/redis-check-rdb',
]
const find = (): string | null => places.find((path) => path !== undefined && existsSync(path)) ?? null

/** Not Debian's redis-server, which would also start a Redis as a service. */
const install = (): void => {
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-tools'], { stdio: 'ignore' })
}

/**
 * The path of a Redis server: `FORGE_REDIS`, the system's, or Debian's, which is installed where root runs the tests.
 * Null where there is none and none can be installed.
 */
export const redisProgram = (): string | null => {
  const found = find()
  if (found !== null || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return found
  try {
    install()
  } catch (error) {
    // no package archive can be reached; who reads the skipped tests is told what they lack
    process.stderr.write(`Redis could not be installed: ${(error as Error).message}\n`)
  }
  return find()
}

/** A Redis on a free loopback port, in memory only. */
export interface Redis {
  port: number
  stop(): Promise<void>
}

/** Starts it and waits until it takes connections. Throws with what it said when it ends before. */
export const startRedis = async (program: string): Promise<Redis> => {
  const folder = mkdtempSync(join(tmpdir(), 'forge-redis-'))
  const port = await freePort()
  const options = { bind: '127.0.0.1', port: String(port), dir: folder, save: '', appendonly: 'no' }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(program, args, { argv0: 'redis-server', stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      if (line.includes('Ready to accept connections')) resolve()
    })
    void exited.then(() => reject(new Error(`Redis ended:\n${lines.join('\n')}`)), reject)
  })
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
