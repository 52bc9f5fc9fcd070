/** `node scripts/airflow/python.mjs <arguments>`: runs the interpreter that has Airflow, which it installs first. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../setup/step.mjs'
import { airflowPython, installAirflow } from './install.mjs'

await installAirflow()
const { status } = spawnSync(airflowPython, process.argv.slice(2), {
  cwd: join(root, 'airflow-provider'),
  stdio: 'inherit',
})
process.exitCode = status ?? 1
