/**
 * Adds up what Jest and pytest reported and prints `tests: N passed, N failed` as the last line.
 *
 *     node scripts/count-tests.mjs --expect-success=true
 *
 * A stage that died before its tests, or a check that failed (lint, types, …), counts as one failure: a red run never
 * reads as green. Ends with code 1 when anything failed.
 */
import { join } from 'node:path'
import { readIfThere, root } from './setup/step.mjs'

const scratch = join(root, '.tmp')

/** Jest's JSON report. A file that could not even load counts as one failure. */
export function countJest(report) {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(report)
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites }
}

/** pytest's JUnit report. */
export function countPytest(report) {
  const suites = [...report.matchAll(/<testsuite\b[^>]*>/g)].map(([tag]) => tag)
  const sum = (name) =>
    suites.reduce((total, tag) => total + Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? 0), 0)
  const failed = sum('failures') + sum('errors')
  return { passed: sum('tests') - failed - sum('skipped'), failed }
}

/** The whole: reports of test runs, verdicts of the other stages, and whether the commands themselves succeeded. */
export function total({ reports, stages, succeeded }) {
  const testStages = new Set(['test:ts', 'python:test', 'airflow:test'])
  const passed = reports.reduce((sum, report) => sum + report.passed, 0)
  const brokenChecks = stages.filter((stage) => !stage.passed && !testStages.has(stage.name)).length
  const failed = reports.reduce((sum, report) => sum + report.failed, brokenChecks)
  return { passed, failed: succeeded ? failed : Math.max(failed, 1) }
}

if (process.argv[1]?.endsWith('count-tests.mjs')) {
  const read = (name, count) => {
    const text = readIfThere(join(scratch, name))
    return text === undefined ? [] : [count(text)]
  }
  const { passed, failed } = total({
    reports: [
      ...read('jest.json', countJest),
      ...read('jest-e2e.json', countJest),
      ...read('pytest.xml', countPytest),
      ...read('pytest-airflow.xml', countPytest),
    ],
    stages: JSON.parse(readIfThere(join(scratch, 'stages.json')) ?? '[]'),
    succeeded: process.argv.includes('--expect-success=true'),
  })
  console.log(`tests: ${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
