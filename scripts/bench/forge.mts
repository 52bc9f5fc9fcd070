/** A real `forge start` on a free port, with its own data folder and one deployment of the default model. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { node24 } from '../setup/node-packages.mjs'
import { root } from '../setup/step.mjs'

const require = createRequire(import.meta.url)
const { createClient } = require('../../server/dist/client/client.js') as typeof import('../../server/client/client.ts')
/** The server's route table, as it was compiled. */
export const { routes } =
  require('../../server/dist/contract/routes.js') as typeof import('../../server/contract/routes.ts')

/** The name that every part of the benchmark asks. */
export const deploymentName = 'bench'
const baseModel = 'smollm2-135m-instruct'

export interface Forge {
  url: string
  key: string
  pid: number
  client: ReturnType<typeof createClient>
  /** SIGTERM; resolves when all its parts have ended. */
  stop: () => Promise<void>
}

/** Starts it. Throws with the end of its log when it ends before it is ready. */
export const startForge = async (folder: string): Promise<Forge> => {
  const key = randomBytes(24).toString('base64url')
  mkdirSync(folder, { recursive: true })
  const child = spawn(node24, [join(root, 'server', 'dist', 'main.js'), 'start'], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      FORGE_DATA_DIR: folder,
      FORGE_MODELS_DIR: join(root, '.models'),
      FORGE_ADMIN_KEY: key,
      FORGE_PORT: '0',
      FORGE_WORKER_NAME: 'bench',
      FORGE_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line)
    if (log.length > 50) log.shift()
  })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^Forge is ready at (\S+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    void exited.then(() => reject(new Error(`forge start ended:\n${log.join('\n')}`)))
  })
  const client = createClient({ baseUrl: url, apiKey: key })
  return {
    url,
    key,
    pid: child.pid ?? 0,
    client,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** Deploys the default model so that it never sleeps, and waits until it answers. Throws when it does not. */
export const deploy = async ({ client }: Forge): Promise<void> => {
  const { id } = await client.call(routes.createDeployment, {
    body: { name: deploymentName, model: baseModel, idle_timeout_s: null },
  })
  for (;;) {
    const { status, error } = await client.call(routes.getJob, { params: { id } })
    if (status === 'succeeded') return
    if (status === 'failed' || status === 'cancelled') throw new Error(`No deployment: ${error?.message ?? status}`)
    await sleep(500)
  }
}
