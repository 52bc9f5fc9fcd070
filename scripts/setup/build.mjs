import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { node24 } from './node-packages.mjs'
import { hashOf, isStamped, root, run, step, writeStamp } from './step.mjs'

const server = join(root, 'server')
const output = join(server, 'dist')
const notSource = new Set(['dist', 'node_modules', 'python', 'console', 'llama'])
const copied = /\.(sql|html|css|svg)$|openapi\.json$/

/** Compiles the server to `server/dist` and copies the files it reads at run time; nothing when no source changed. */
export async function build() {
  const sources = filesUnder(server).filter((path) => /\.ts$/.test(path) || copied.test(path))
  const configs = [join(server, 'tsconfig.json'), join(server, 'tsconfig.build.json'), join(root, 'package-lock.json')]
  const stamp = hashOf(...[...configs, ...sources].map(fingerprint))
  if (isStamped(output, stamp)) return
  await step('Compiling the server', async () => {
    // compiled files of sources that are gone would still be found by `require`; the console has a build of its own
    for (const name of existsSync(output) ? readdirSync(output) : [])
      if (name !== 'public') rmSync(join(output, name), { recursive: true, force: true })
    await run(node24, [
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      join(server, 'tsconfig.build.json'),
    ])
    for (const path of sources.filter((path) => copied.test(path))) {
      const target = join(output, relative(server, path))
      mkdirSync(dirname(target), { recursive: true })
      copyFileSync(path, target)
    }
    writeStamp(output, stamp)
  })
}

/** Builds the console to `server/dist/public`; nothing when neither it nor the contract has changed. */
export async function buildConsole() {
  const sources = [join(server, 'console'), join(server, 'contract')].flatMap(filesUnder)
  const stamp = hashOf(...[join(root, 'package-lock.json'), ...sources].map(fingerprint))
  const folder = join(output, 'public')
  if (isStamped(folder, stamp)) return
  await step('Building the console', async () => {
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
    await run(node24, [vite, 'build', '--config', join(server, 'console', 'vite.config.mjs'), '--logLevel', 'warn'])
    writeStamp(folder, stamp)
  })
}

/** Compiles the n8n package to `dist`, with its icons and codex files; nothing when no source changed. */
export async function buildNodes() {
  const sources = [join(root, 'nodes'), join(root, 'credentials')].flatMap(filesUnder)
  const configs = ['tsconfig.json', 'gulpfile.js', 'package-lock.json'].map((name) => join(root, name))
  const stamp = hashOf(...[...configs, ...sources].map(fingerprint))
  // beside dist, which is published: the stamp is no part of the package
  const stampFolder = join(root, '.tmp', 'nodes-build')
  if (isStamped(stampFolder, stamp) && existsSync(join(root, 'dist'))) return
  await step('Compiling the n8n nodes', async () => {
    rmSync(join(root, 'dist'), { recursive: true, force: true })
    await run(node24, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.json')])
    await run(node24, [join(root, 'node_modules', 'gulp', 'bin', 'gulp.js'), '--silent'])
    mkdirSync(stampFolder, { recursive: true })
    writeStamp(stampFolder, stamp)
  })
}

const fingerprint = (path) => {
  const { size, mtimeMs } = statSync(path)
  return `${relative(root, path)} ${size} ${mtimeMs}`
}

const filesUnder = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: false }).flatMap((entry) => {
    if (notSource.has(entry.name)) return []
    const path = folder + sep + entry.name
    return entry.isDirectory() ? filesUnder(path) : [path]
  })
