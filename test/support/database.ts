import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Client } from 'pg'
import { brokerMigrations } from '../../server/queue/broker'
import { openDatabase, type Database } from '../../server/storage/database'
import { migrate } from '../../server/storage/migrate'
import { startEmbeddedPostgres } from '../../server/storage/postgres'

export interface TestDatabase extends Database {
  url: string
  project: string
}

/**
 * A fresh, migrated database for one test file, with one project in it. Each Jest worker starts one PostgreSQL and
 * keeps it for its later files; new databases are copies of a migrated template. Call it in `beforeAll` with 60 s.
 */
export const withDatabase = async (): Promise<TestDatabase> => {
  const dataDir = join(folderOfRun(), `worker-${process.env['JEST_WORKER_ID'] ?? '1'}`)
  const { url: serverUrl } = await startEmbeddedPostgres({ dataDir, log: () => undefined })
  const template = await makeTemplate(serverUrl)
  const name = `test_${randomBytes(6).toString('hex')}`
  await run(serverUrl, `create database ${name} template ${template}`)
  const url = databaseUrl(serverUrl, name)
  const database = openDatabase(url, { max: 6 })
  const project = 'proj_test'
  await database.db.insertInto('app.project').values({ id: project, name: 'test' }).execute()
  return { ...database, url, project }
}

/** Where this run's clusters are; `global-teardown` ends and removes them. */
const folderOfRun = (): string => {
  const folder = process.env['FORGE_TEST_CLUSTERS']
  if (folder === undefined) throw new Error('FORGE_TEST_CLUSTERS is not set: test/support/global-setup.ts sets it.')
  return folder
}

/** Made once per cluster; a half-made one of an earlier try is dropped. */
const makeTemplate = async (serverUrl: string): Promise<string> => {
  const done = 'forge_template'
  if ((await run(serverUrl, `select 1 from pg_database where datname = '${done}'`)) > 0) return done
  const draft = 'forge_template_draft'
  await run(serverUrl, `drop database if exists ${draft}`)
  await run(serverUrl, `create database ${draft}`)
  await migrate(databaseUrl(serverUrl, draft), brokerMigrations)
  await run(serverUrl, `alter database ${draft} rename to ${done}`)
  return done
}

const run = async (url: string, text: string): Promise<number> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rowCount ?? 0
  } finally {
    await client.end()
  }
}

const databaseUrl = (serverUrl: string, name: string): string => {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
