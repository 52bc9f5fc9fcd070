/**
 * `npm run n8n`: a real n8n beside a running Forge (`npm start`), with Forge's nodes, credentials and the example
 * workflows in it. Installs n8n once, keeps everything in `.n8n/`, ends with Ctrl-C.
 *
 *     npm run n8n                        on port 5678, or a free one where that is taken
 *     FORGE_SERVER_URL=… FORGE_API_KEY=… npm run n8n     with a Forge that runs elsewhere
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startDatabase } from './n8n/database.mjs'
import { exampleWorkflows, examples, withCredential } from './n8n/examples.mjs'
import { installN8n, installNodes } from './n8n/install.mjs'
import { openN8n } from './n8n/rest.mjs'
import { freePort, startN8n } from './n8n/start.mjs'
import { readIfThere, root, run, say, SetupError, step } from './setup/step.mjs'
import { setUpOrExit } from './setup.mjs'

const home = join(root, '.n8n')

/** Where Forge is and the key for it. Throws with the remedy when it does not answer. */
async function findForge() {
  const dataDir = process.env.FORGE_DATA_DIR ?? join(root, '.forge')
  const url = process.env.FORGE_SERVER_URL ?? 'http://127.0.0.1:8470'
  const key = process.env.FORGE_API_KEY ?? JSON.parse(readIfThere(join(dataDir, 'keys.json')) ?? '{}').admin
  const alive = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
  if (!alive?.ok) {
    throw new SetupError(
      `Forge does not answer at ${url}.`,
      'run `npm start` in another terminal first, or set FORGE_SERVER_URL.',
    )
  }
  if (key === undefined) {
    throw new SetupError(
      `There is no key in ${join(dataDir, 'keys.json')}.`,
      'set FORGE_API_KEY to a key of that Forge.',
    )
  }
  return { url, key }
}

/** What this n8n keeps between runs: its encryption key and the owner's login, made at the first. */
function secrets() {
  const path = join(home, 'login.json')
  if (!existsSync(path)) {
    const made = {
      email: 'owner@forge.localhost',
      password: `Forge-${randomBytes(9).toString('base64url')}1`,
      encryptionKey: randomBytes(24).toString('hex'),
    }
    writeFileSync(path, JSON.stringify(made, null, 2), { mode: 0o600 })
  }
  return JSON.parse(readFileSync(path, 'utf8'))
}

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

async function main() {
  const forge = await findForge()
  await installN8n()
  await step('Building the nodes', () => run('npm', ['run', '--silent', 'build:nodes'], { cwd: root }))
  const folder = join(home, 'user')
  mkdirSync(folder, { recursive: true })
  await step('Installing the nodes into n8n', () => installNodes(folder))
  const database = await startDatabase(join(home, 'postgres'))
  const { email, password, encryptionKey } = secrets()
  const port = (await isFree(5678)) ? 5678 : await freePort()
  let n8n
  const stop = async () => {
    await n8n?.stop()
    await database.stop()
  }
  try {
    await step('Starting n8n', async () => {
      n8n = await startN8n({
        folder,
        port,
        databaseUrl: database.url,
        encryptionKey,
        // the example workflows read their catalogue from here
        environment: { N8N_RESTRICT_FILE_ACCESS_TO: examples },
      })
    })
    const rest = await openN8n(n8n.url, { email, password })
    const credential = await rest.credential({
      name: 'Forge',
      type: 'forgeApi',
      data: { baseUrl: forge.url, apiKey: forge.key },
    })
    // n8n's own OpenAI nodes reach Forge by this one
    const openAi = await rest.credential({
      name: 'Forge as OpenAI',
      type: 'openAiApi',
      data: { url: `${forge.url}/v1`, apiKey: forge.key },
    })
    for (const workflow of exampleWorkflows()) {
      await rest.workflow(withCredential(withCredential(workflow, credential), openAi, 'openAiApi'))
    }
    say(`\nn8n is ready at ${n8n.url}\n  sign in with  ${email}\n  password      ${password}\nCtrl-C ends it.`)
    await new Promise((resolve) => {
      process.once('SIGINT', resolve)
      process.once('SIGTERM', resolve)
      void n8n.exited.then(resolve)
    })
  } finally {
    await stop()
  }
}

if (process.argv[1]?.endsWith(join('scripts', 'n8n.mjs'))) {
  await setUpOrExit()
  try {
    await main()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(`\n${error.message}`)
    process.exitCode = 1
  }
}
