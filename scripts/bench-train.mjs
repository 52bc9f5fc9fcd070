/**
 * Compares Forge's training engine, with one rank and with one rank per core, with TRL's SFTTrainer at its defaults: same
 * base, rows in the same order, adapter, learning rate. Run after `npm run build`; about ten minutes on two slow cores:
 * `node scripts/bench-train.mjs [--steps 4] [--rounds 1] [--held-out-rows 24] [--no-activation-checkpointing]`.
 * Prints one JSON object, see bench_train.py.
 *
 * TRL is no dependency of Forge: it goes to .tmp/bench-train/site-packages, on top of the PyTorch, Transformers and PEFT of
 * .venv, which both sides use. Deleting .tmp/bench-train removes it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { uv, venvPython } from './setup/python.mjs'
import { hashOf, isStamped, root, step, writeStamp } from './setup/step.mjs'

const require = createRequire(import.meta.url)
const wanted = ['trl==1.16.0', 'datasets==5.2.0']
const ofTheVenv = ['torch', 'transformers', 'peft', 'accelerate']
const folder = join(root, '.tmp', 'bench-train')
// by this name dill, which datasets uses, knows a folder of packages
const packages = join(folder, 'site-packages')
const python = join(root, 'server', 'python')

/** TRL and what it needs besides the packages of `.venv`, at the versions of the lock files where they name one. */
async function installTrl() {
  const stamp = hashOf(...wanted, ...ofTheVenv)
  if (isStamped(packages, stamp)) return
  rmSync(packages, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const overrides = join(folder, 'overrides.txt')
  // uv's way to leave a dependency out: a version for a Python that nobody has
  writeFileSync(overrides, ofTheVenv.map((name) => `${name} ; python_version < "3"\n`).join(''))
  const locks = ['requirements.lock', 'requirements-dev.lock'].flatMap((name) => ['-c', join(python, name)])
  await step('Installing TRL for the comparison', () =>
    uv(['--target', packages, '--override', overrides, ...locks, ...wanted]),
  )
  writeStamp(packages, stamp)
}

/** The rows of the example recipe, through Forge's own ingest. */
async function makeRows(outDir) {
  const { readRecipe, toRecipe } = require('../server/dist/cli/load-recipe.js')
  const { ingestOptions } = require('../server/dist/contract/ingest.js')
  const { runIngest } = require('../server/dist/steps/ingest/run-ingest.js')
  const recipe = await readRecipe(join(root, 'examples', 'ecommerce-content', 'recipe.yaml'))
  await runIngest({
    sources: recipe.sources.map((path) => ({ path, filename: path })),
    options: ingestOptions.parse(toRecipe(recipe, [], null).ingest.options),
    outDir,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
}

await installTrl()
const rows = join(folder, 'rows')
rmSync(rows, { recursive: true, force: true })
await makeRows(rows)
const child = spawn(
  venvPython,
  [join(root, 'scripts', 'bench_train.py'), '--folder', folder, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PYTHONPATH: [python, packages].join(delimiter), HF_HUB_OFFLINE: '1' },
  },
)
const [code] = await once(child, 'close')
process.exitCode = code ?? 1
