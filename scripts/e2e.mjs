/** Runs the end-to-end tests in test/e2e, which start real programs (server, n8n, Airflow, Chromium) and take minutes. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/step.mjs'

const folder = join(root, 'test', 'e2e')
const tests = existsSync(folder)
  ? readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.test.ts'))
  : []
if (tests.length === 0) {
  console.log('There are no end-to-end tests in test/e2e.')
} else {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js')
  // one after the other: each starts whole programs and measures time
  const args = [jest, '--runInBand', '--testTimeout=600000', '--json', '--outputFile=.tmp/jest-e2e.json']
  const { status } = spawnSync(process.execPath, [...args, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, FORGE_TEST_E2E: '1' },
  })
  process.exitCode = status ?? 1
}
