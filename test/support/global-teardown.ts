import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endPostgres, isRunning, readPidFile } from '../../server/storage/embedded-postgres/process'

/** Runs once after all tests: ends the databases that `withDatabase` started and removes their data. */
export default async function globalTeardown(): Promise<void> {
  const clusters = process.env['FORGE_TEST_CLUSTERS']
  if (clusters === undefined) return
  for (const worker of await readdir(clusters)) {
    const running = readPidFile(join(clusters, worker, 'postgres'))
    if (running && isRunning(running.pid)) await endPostgres(running.pid)
  }
  await rm(clusters, { recursive: true, force: true })
}
