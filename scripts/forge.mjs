/**
 * `npm run forge -- <command>`, `npm start`, `npm run demo`: sets up what is missing, then runs the CLI under Node 24.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { node24 } from './setup/node-packages.mjs'
import { root } from './setup/step.mjs'
import { setUpOrExit } from './setup.mjs'

await setUpOrExit()
const node = existsSync(node24) ? node24 : process.execPath
const child = spawn(node, [join(root, 'server', 'dist', 'main.js'), ...process.argv.slice(2)], { stdio: 'inherit' })
// The terminal sends Ctrl-C to the child as well: here it must only not end before the child has.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('close', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
