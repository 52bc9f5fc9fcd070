import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { runDemo } from './cli/demo'
import type { Config } from './config'
import { installationKeys } from './keys'
import { start } from './start'

/** `npm run demo`: the example from data to texts, on a server of its own with a free port and a fresh data folder. Gives the exit code. */
export const demo = async (
  config: Config,
  { environment, entry, root }: { environment: NodeJS.ProcessEnv; entry: string; root: string },
): Promise<number> => {
  mkdirSync(join(root, '.forge'), { recursive: true })
  const dataDir = mkdtempSync(join(root, '.forge', 'demo-'))
  // PostgreSQL runs as another user where this one is root, and must be able to come by
  chmodSync(dataDir, 0o755)
  const lines: string[] = []
  const running = await start(
    { ...config, dataDir, port: 0 },
    {
      environment: { ...environment, FORGE_DATA_DIR: dataDir, FORGE_PORT: '0' },
      entry,
      log: (part, line) => {
        lines.push(`${part.padEnd(10)} ${line}`)
      },
    },
  )
  try {
    const code = await runDemo({
      serverUrl: running.url,
      apiKey: installationKeys(dataDir, config).admin,
      exampleDir: join(root, 'examples', 'ecommerce-content'),
      dataDir,
      out: process.stdout,
      isTerminal: process.stdout.isTTY,
    })
    if (code !== 0) console.error(`\nLast lines of the server and worker:\n${lines.slice(-40).join('\n')}`)
    return code
  } finally {
    await running.stop()
  }
}
