/**
 * Makes a fresh clone ready to run: Node packages, the serving engine, Python packages, the default model, the build.
 *
 *     node scripts/setup.mjs            everything; under two seconds when there is nothing to do
 *     node scripts/setup.mjs test       the same, and what only the tests need: the n8n nodes and n8n's engine
 *     node scripts/setup.mjs build      only the named steps
 *
 * Uses Node's built-in modules only, because it runs before anything is installed. Needs Node 20 or newer.
 */
import { build, buildConsole, buildNodes } from './setup/build.mjs'
import { defaultModel } from './setup/default-model.mjs'
import { n8nEngine, nodePackages } from './setup/node-packages.mjs'
import { pythonPackages } from './setup/python.mjs'
import { CommandError, say, SetupError } from './setup/step.mjs'

const everyday = { node: nodePackages, python: pythonPackages, model: defaultModel, build, console: buildConsole }
const steps = {
  ...everyday,
  nodes: buildNodes,
  async test() {
    for (const run of [...Object.values(everyday), buildNodes, n8nEngine]) await run()
  },
}

/** Runs the named steps (by default those that running Forge needs), in order. Throws SetupError where the reader can help. */
export async function setUp(names = Object.keys(everyday)) {
  for (const name of names) {
    if (!(name in steps)) {
      throw new SetupError(`There is no set-up step "${name}".`, `Use one of ${Object.keys(steps).join(', ')}.`)
    }
    await steps[name]()
  }
}

/** Runs set-up and ends the process with code 1 and a readable message when it fails. */
export async function setUpOrExit(names) {
  try {
    await setUp(names)
  } catch (error) {
    const fullDisk = /ENOSPC|No space left/.test(error.message)
    say(
      `\nSet-up failed. ${error instanceof SetupError || error instanceof CommandError ? error.message : error.stack}`,
    )
    if (fullDisk) say('  What to do: the disk is full; free about 4 GB and run this again.')
    process.exit(1)
  }
}

if (process.argv[1]?.endsWith('setup.mjs')) {
  const started = performance.now()
  await setUpOrExit(process.argv.length > 2 ? process.argv.slice(2) : undefined)
  say(`Set-up complete (${((performance.now() - started) / 1000).toFixed(1)} s).`)
}
