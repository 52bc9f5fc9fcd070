/**
 * The n8n that `npm run n8n` and the end-to-end tests run: installed once into `.n8n/app`, from this folder's lock
 * file, because its 2,300 packages must not weigh on Forge's own install.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, readIfThere, root, step } from '../setup/step.mjs'

const here = join(root, 'scripts', 'n8n')
const app = join(root, '.n8n', 'app')

/** n8n's own entry point, once it is installed. */
export const n8nEntry = join(app, 'node_modules', 'n8n', 'bin', 'n8n')

/**
 * Installs n8n as the lock file says; nothing to do when that is done. About five minutes and 3 GB the first time.
 * Without install scripts: what they build (SQLite, Kafka) is not used, n8n's data goes to PostgreSQL.
 */
export async function installN8n() {
  const wanted = readIfThere(join(here, 'package-lock.json'))
  if (existsSync(n8nEntry) && readIfThere(join(app, '.complete')) === wanted) return
  mkdirSync(app, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(here, name), join(app, name))
  copyFileSync(join(root, '.npmrc'), join(app, '.npmrc'))
  // not `npm ci`: n8n asks for optional packages of other systems that a registry may lack, and `ci` insists on them
  await step('Installing n8n (once; about five minutes, 3 GB)', () =>
    npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: app }),
  )
  copyFileSync(join(here, 'package-lock.json'), join(app, '.complete'))
}

/**
 * Packs Forge's nodes as they would be published and installs them into an n8n user folder, where n8n looks for
 * community packages. Replaces what was there.
 * @param {string} userFolder
 */
export async function installNodes(userFolder) {
  const target = join(userFolder, '.n8n', 'nodes')
  const packed = join(root, '.n8n', 'packed')
  rmSync(packed, { recursive: true, force: true })
  rmSync(join(target, 'node_modules', 'n8n-nodes-forge'), { recursive: true, force: true })
  mkdirSync(packed, { recursive: true })
  mkdirSync(target, { recursive: true })
  // without one, npm would look for a package.json in the folders above and install there
  writeFileSync(join(target, 'package.json'), '{ "private": true }')
  await npm(['pack', '--silent', '--pack-destination', packed], { cwd: root })
  const [archive] = readdirSync(packed)
  await npm(
    ['install', join(packed, archive), '--legacy-peer-deps', '--ignore-scripts', '--no-save', '--loglevel=error'],
    { cwd: target },
  )
}
