/** `node scripts/python.mjs <arguments>`: runs the interpreter of `.venv`, wherever this platform keeps it. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { venvPython } from './setup/python.mjs'
import { root } from './setup/step.mjs'

const { status } = spawnSync(venvPython, process.argv.slice(2), {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PYTHONPATH: join(root, 'server', 'python') },
})
process.exitCode = status ?? 1
