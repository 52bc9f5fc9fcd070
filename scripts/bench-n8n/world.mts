/** The installed n8n with the packed nodes, and a Forge beside it; each part of the benchmark runs in this pair. */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDatabase } from '../n8n/database.mjs'
import { installN8n, installNodes } from '../n8n/install.mjs'
import { openN8n } from '../n8n/rest.mjs'
import { freePort, startN8n } from '../n8n/start.mjs'
import { step } from '../setup/step.mjs'
import { deploy, startForge, type Forge } from '../bench/forge.mts'

export type Rest = Awaited<ReturnType<typeof openN8n>>
export interface Credential {
  id: string
  name: string
}
export interface World {
  forge: Forge
  n8n: { url: string; pid: number }
  rest: Rest
  credentials: { forgeApi: Credential; openAiApi: Credential; httpHeaderAuth: Credential }
  /** A folder that n8n may read files from. */
  files: string
  /** A fresh n8n process on the same data: what the last run left in memory is gone. */
  restartN8n: () => Promise<void>
  stop: () => Promise<void>
}

const owner = { email: 'owner@forge.localhost', password: 'Forge-bench-2026' }

/** Starts all of it; takes about a minute once n8n is installed. What has started is stopped when the rest does not. */
export const startWorld = async (): Promise<World> => {
  await installN8n()
  const folder = mkdtempSync(join(tmpdir(), 'forge-bench-n8n-'))
  // PostgreSQL runs as another user where this one is root, and must be able to come by
  chmodSync(folder, 0o755)
  const files = join(folder, 'files')
  mkdirSync(files)
  const opened: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const close of opened.reverse()) await close()
  }
  try {
    await step('Installing the packed nodes into n8n', () => installNodes(join(folder, 'user')))
    const forge = await startForge(join(folder, 'forge'))
    opened.push(() => forge.stop())
    await step('Deploying the default model', () => deploy(forge))
    const database = await startDatabase(join(folder, 'postgres'))
    opened.push(() => database.stop())
    const options = {
      folder: join(folder, 'user'),
      port: await freePort(),
      databaseUrl: database.url,
      encryptionKey: randomBytes(16).toString('hex'),
      environment: {
        N8N_RESTRICT_FILE_ACCESS_TO: files,
        N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem',
        N8N_LOG_LEVEL: 'warn',
        // on a machine that is overrun n8n would take its database for gone, and answer 503
        DB_PING_TIMEOUT_MS: '60000',
      },
    }
    let n8n = await startN8n(options)
    opened.push(() => n8n.stop())
    const rest = await openN8n(n8n.url, owner)
    const world: World = {
      forge,
      n8n,
      rest,
      credentials: await makeCredentials(rest, forge),
      files,
      async restartN8n() {
        await n8n.stop()
        n8n = await startN8n(options)
        world.n8n = n8n
        world.rest = await openN8n(n8n.url, owner)
      },
      stop,
    }
    return world
  } catch (error) {
    await stop()
    throw error
  }
}

const makeCredentials = async (rest: Rest, { url, key }: Forge): Promise<World['credentials']> => ({
  forgeApi: await rest.credential({ name: 'Forge', type: 'forgeApi', data: { baseUrl: url, apiKey: key } }),
  openAiApi: await rest.credential({ name: 'OpenAI', type: 'openAiApi', data: { apiKey: key, url: `${url}/v1` } }),
  httpHeaderAuth: await rest.credential({
    name: 'Header',
    type: 'httpHeaderAuth',
    data: { name: 'Authorization', value: `Bearer ${key}` },
  }),
})
