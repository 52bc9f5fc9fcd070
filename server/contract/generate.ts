import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errors } from './errors'
import { events } from './events'
import { openApi } from './openapi'
import { routes } from './routes'

/**
 * Writes what follows from the contract: `openapi.json`, `nodes/shared/api.d.ts`, the console's `route-table.ts`,
 * `docs/errors.md` and `docs/events.md`.
 * Run as `node server/dist/contract/generate.js`; with `--check` it writes nothing and fails where a file differs.
 */
const root = join(__dirname, '..', '..', '..')
const check = process.argv.includes('--check')

const errorPage = (): string =>
  [
    '# Errors',
    '',
    'Written by `npm run generate` from `server/contract/errors.ts`. "Retry" says whether the same call may succeed later.',
    '',
    '| Code | Status | Retry | Message | Remedy |',
    '|---|---|---|---|---|',
    ...Object.entries(errors).map(
      ([code, { status, retryable, message, hint }]) =>
        `| \`${code}\` | ${String(status)} | ${retryable ? 'yes' : 'no'} | ${message({}).replaceAll('|', '\\|')} | ${hint.replaceAll('|', '\\|')} |`,
    ),
    '',
  ].join('\n')

const eventPage = (): string =>
  [
    '# Events',
    '',
    'Written by `npm run generate` from `server/contract/events.ts`. An event carries ids and verdicts; fetch the rest with a',
    'key. It is listed by `GET /v1/events`, streamed by `GET /v1/events/stream`, and POSTed to webhook endpoints.',
    '',
    '| Type | Since | When | Data |',
    '|---|---|---|---|',
    ...Object.entries(events).map(
      ([type, { since, summary, data }]) =>
        `| \`${type}\` | ${since} | ${summary} | ${Object.keys(data.shape)
          .map((name) => `\`${name}\``)
          .join(', ')} |`,
    ),
    '',
  ].join('\n')

/** The console needs of each route its method and path at run time; the rest are types, which cost its reader nothing. */
const routeTable = (): string =>
  [
    "import type { routes } from '../../contract/routes'",
    '',
    '/** Method and path of every route. Written by `npm run generate` from `server/contract/routes.ts`. */',
    'export const routeTable: Record<keyof typeof routes, readonly [method: string, path: string]> = {',
    ...Object.entries(routes).map(([name, { method, path }]) => `  ${name}: ['${method}', '${path}'],`),
    '}',
    '',
  ].join('\n')

const drifted: string[] = []
const put = (path: string, content: string): void => {
  const target = join(root, path)
  if (existsSync(target) && readFileSync(target, 'utf8') === content) return
  if (check) {
    drifted.push(path)
    return
  }
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, content)
  console.log(`wrote ${path}`)
}

const document = `${JSON.stringify(openApi(), null, 2)}\n`
put('server/contract/openapi.json', document)
put('docs/errors.md', errorPage())
put('docs/events.md', eventPage())
put('server/console/api/route-table.ts', routeTable())
const scratch = join(root, '.tmp', 'openapi.json')
mkdirSync(dirname(scratch), { recursive: true })
writeFileSync(scratch, document)
const tool = join(root, 'node_modules', 'openapi-typescript', 'bin', 'cli.js')
put(
  'nodes/shared/api.d.ts',
  execFileSync(process.execPath, [tool, scratch], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  }),
)
if (drifted.length > 0) {
  console.error(
    `The contract has changed, these files have not: ${drifted.join(', ')}. Run \`npm run generate\` and commit them.`,
  )
  process.exitCode = 1
}
