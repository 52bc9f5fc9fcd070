/**
 * Runs the named npm scripts one after the other, all of them even when one fails, so that one run shows every
 * problem. Ends with a list and, when a stage failed, code 1. Leaves the verdicts in .tmp/stages.json.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/step.mjs'

const results = []
for (const name of process.argv.slice(2)) {
  console.log(`\n── ${name}`)
  const started = performance.now()
  const { status } = spawnSync('npm', ['run', '--silent', name], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  results.push({ name, passed: status === 0, seconds: (performance.now() - started) / 1000 })
}
mkdirSync(join(root, '.tmp'), { recursive: true })
writeFileSync(join(root, '.tmp', 'stages.json'), JSON.stringify(results))

console.log()
for (const { name, passed, seconds } of results) {
  console.log(
    `${passed ? '✓' : '✗'} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s${passed ? '' : '   FAILED'}`,
  )
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
