/**
 * The Airflow that the provider's tests and the end-to-end tests run on: installed once into `.airflow/venv`, from
 * `requirements.lock`, because it must not weigh on Forge's own set-up. Forge's provider is built and installed as a wheel.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { venvPython } from '../setup/python.mjs'
import { hashOf, isStamped, readIfThere, root, run, step, writeStamp } from '../setup/step.mjs'

const venv = join(root, '.airflow', 'venv')
const lock = join(root, 'scripts', 'airflow', 'requirements.lock')
const provider = join(root, 'airflow-provider')

/** The folder of Airflow's programs: `airflow`, `python`, `pytest`, `mypy`. */
export const airflowBin = join(venv, 'bin')

/** The interpreter that has Airflow. */
export const airflowPython = join(airflowBin, 'python')

const uv = (args) =>
  run(venvPython, ['-m', 'uv', 'pip', 'install', '--native-tls', '--quiet', '--python', airflowPython, ...args])

/** Installs Airflow as the lock file says; nothing to do when that is done. Some seconds and 300 MB the first time. */
export async function installAirflow() {
  const stamp = hashOf(readFileSync(lock, 'utf8'))
  if (existsSync(airflowPython) && isStamped(venv, stamp)) return
  await step('Installing Airflow (once; 300 MB)', async () => {
    rmSync(venv, { recursive: true, force: true })
    mkdirSync(join(root, '.airflow'), { recursive: true })
    await run(venvPython, ['-m', 'venv', '--without-pip', venv])
    await uv(['-r', lock])
  })
  writeStamp(venv, stamp)
}

/**
 * Builds the provider's wheel and sdist into `.airflow/dist` and installs the wheel; nothing to do when its sources have
 * not changed. Gives the wheel's path.
 */
export async function installProvider() {
  await installAirflow()
  const dist = join(root, '.airflow', 'dist')
  const sources = [
    'pyproject.toml',
    'README.md',
    ...readdirSync(join(provider, 'src'), { recursive: true })
      .filter((name) => name.endsWith('.py'))
      .sort()
      .map((name) => join('src', name)),
  ]
  const stamp = hashOf(...sources.flatMap((name) => [name, readFileSync(join(provider, name), 'utf8')]))
  const wheel = () => join(dist, readdirSync(dist).find((name) => name.endsWith('.whl')) ?? '')
  const stampFile = join(venv, '.forge-provider')
  if (readIfThere(stampFile) === stamp && existsSync(dist) && existsSync(wheel())) return wheel()
  await step("Building Forge's Airflow provider", async () => {
    rmSync(dist, { recursive: true, force: true })
    // a copy: setuptools writes its own folders beside the sources
    const copy = join(root, '.airflow', 'build')
    rmSync(copy, { recursive: true, force: true })
    for (const name of [...sources, join('src', 'airflow_provider_forge', 'py.typed')]) {
      mkdirSync(join(copy, name, '..'), { recursive: true })
      copyFileSync(join(provider, name), join(copy, name))
    }
    await run(airflowPython, ['-m', 'build', '--no-isolation', '--outdir', dist, copy])
    await uv(['--no-deps', '--reinstall', wheel()])
  })
  writeFileSync(stampFile, stamp)
  return wheel()
}
