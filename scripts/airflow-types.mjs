/**
 * Writes server/airflow/rest.d.ts: the types of the operations of Airflow's REST API that the bridge calls, from the
 * OpenAPI 3.1 file that Airflow itself ships. Run again when the pinned version of Airflow changes.
 *
 *     node scripts/airflow-types.mjs [path to v2-rest-api-generated.yaml]
 *
 * Without a path it reads the one in .airflow/venv (made by scripts/airflow/install.mjs). Another way to the file:
 * `pip download --no-deps apache-airflow-core==<version>` and unzip the wheel.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'

const root = fileURLToPath(new URL('..', import.meta.url))
// a dependency of the server
const { parse } = createRequire(join(root, 'server', 'package.json'))('yaml')
const target = join(root, 'server', 'airflow', 'rest.d.ts')

/** What the client calls, and nothing else. */
const operations = {
  '/api/v2/version': ['get'],
  '/api/v2/dags': ['get'],
  '/api/v2/dags/{dag_id}': ['get'],
  '/api/v2/dags/{dag_id}/details': ['get'],
  '/api/v2/dags/{dag_id}/dagRuns': ['get', 'post'],
  '/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}': ['get', 'patch'],
  '/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/list': ['post'],
  '/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}': ['get'],
  '/api/v2/assets': ['get'],
  '/api/v2/assets/events': ['post'],
}

const specFile = () => {
  if (process.argv[2] !== undefined) return process.argv[2]
  const lib = join(root, '.airflow', 'venv', 'lib')
  const [python] = existsSync(lib) ? readdirSync(lib).filter((name) => name.startsWith('python')) : []
  if (python === undefined)
    throw new Error('Airflow is not installed in .airflow/venv: name the OpenAPI file as the argument.')
  return join(lib, python, 'site-packages/airflow/api_fastapi/core_api/openapi/v2-rest-api-generated.yaml')
}

/** The version of the package that the file lies in, for the header. */
const versionOf = (path) => {
  const packages = path.slice(0, path.lastIndexOf('/airflow/api_fastapi/'))
  const info = readdirSync(packages).find((name) => /^apache_airflow_core-.+\.dist-info$/.test(name))
  return info?.replace(/^apache_airflow_core-|\.dist-info$/g, '') ?? 'unknown'
}

/** Every schema that these values speak of, and those that they speak of in turn. */
const reachable = (value, schemas, found = {}) => {
  for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (name in found) continue
    found[name] = schemas[name]
    reachable(schemas[name], schemas, found)
  }
  return found
}

/** Descriptions of a hundred filters that nobody here uses would be most of the file. */
const withoutTexts = (value) => {
  if (Array.isArray(value)) return value.map(withoutTexts)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !((key === 'description' || key === 'title') && typeof inner === 'string'))
      .map(([key, inner]) => [key, withoutTexts(inner)]),
  )
}

const path = specFile()
const version = versionOf(path)
const { openapi, info, paths, components } = parse(readFileSync(path, 'utf8'))
const kept = Object.fromEntries(
  Object.entries(operations).map(([route, methods]) => [
    route,
    Object.fromEntries(
      methods.map((method) => {
        const operation = paths[route]?.[method]
        if (operation === undefined) throw new Error(`Airflow ${version} has no ${method.toUpperCase()} ${route}.`)
        return [method, operation]
      }),
    ),
  ]),
)
const document = withoutTexts({
  openapi,
  paths: kept,
  components: { schemas: reachable(kept, components.schemas) },
})
// a response needs a description to be valid
for (const methods of Object.values(document.paths))
  for (const operation of Object.values(methods))
    for (const response of Object.values(operation.responses)) response.description = ''

const folder = mkdtempSync(join(tmpdir(), 'airflow-types-'))
try {
  const scratch = join(folder, 'openapi.json')
  writeFileSync(scratch, JSON.stringify({ ...document, info: { title: info.title, version: info.version } }))
  const types = execFileSync(
    process.execPath,
    [join(root, 'node_modules', 'openapi-typescript', 'bin', 'cli.js'), scratch],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const header = `/* eslint-disable */
/**
 * Written by scripts/airflow-types.mjs from the OpenAPI file of apache-airflow-core ${version} (Apache License 2.0).
 */
`
  const body = types.replace(/^\/\*\*[\s\S]*?\*\/\s*/, '')
  writeFileSync(
    target,
    await format(header + body, { parser: 'typescript', semi: false, singleQuote: true, printWidth: 120 }),
  )
  console.log(`wrote server/airflow/rest.d.ts from Airflow ${version}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
