/**
 * Runs the tests of whole programs: end to end in test/e2e (server, n8n, Airflow, Chromium), and what a kill leaves whole in
 * test/chaos. They take most of an hour.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installProvider } from './airflow/install.mjs'
import { installN8n } from './n8n/install.mjs'
import { root } from './setup/step.mjs'

// before the tests: on a slow machine the first install outlasts the time that a test's start may take
await installN8n()
await installProvider()

const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js')
// one after the other: each starts whole programs and measures time
const args = [jest, '--runInBand', '--testTimeout=600000', '--json', '--outputFile=.tmp/jest-e2e.json']
const { status } = spawnSync(process.execPath, [...args, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FORGE_TEST_E2E: '1' },
})
process.exitCode = status ?? 1
