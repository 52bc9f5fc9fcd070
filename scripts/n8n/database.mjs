/** n8n's own PostgreSQL: the embedded one that Forge brings, in a cluster apart from Forge's. */
import { chmodSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'

/**
 * Starts it on a free loopback port with its data under `folder`. Needs the compiled server (`npm run build`).
 * @param {string} folder
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startDatabase(folder) {
  mkdirSync(folder, { recursive: true })
  // PostgreSQL runs as another user where this one is root, and must be able to come by
  chmodSync(folder, 0o755)
  const { startEmbeddedPostgres } = createRequire(import.meta.url)('../../server/dist/storage/postgres.js')
  return await startEmbeddedPostgres({ dataDir: folder, log: () => undefined })
}
