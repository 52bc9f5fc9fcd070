import { chmod, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs once before all tests: makes the scratch folder for results, and one for the run's databases. */
export default async function globalSetup(): Promise<void> {
  await mkdir(join(__dirname, '..', '..', '.tmp'), { recursive: true })
  const clusters = await mkdtemp(join(tmpdir(), 'forge-test-'))
  // PostgreSQL runs as `nobody` where the tests run as root
  await chmod(clusters, 0o755)
  process.env['FORGE_TEST_CLUSTERS'] = clusters
}
