import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../server/storage/postgres'

jest.setTimeout(60_000)

const folders: string[] = []
const started: EmbeddedPostgres[] = []

afterEach(async () => {
  for (const postgres of started.splice(0)) await postgres.stop()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

test('a fresh data folder becomes a database, and killing PostgreSQL loses nothing that was committed', async () => {
  const dataDir = newFolder()
  const first = await start(dataDir)
  expect(first.adopted).toBe(false)
  await query(first.url, 'create table kept (value int)')
  await query(first.url, 'insert into kept values (42)')

  process.kill(first.pid, 'SIGKILL')
  await first.exited
  const second = await start(dataDir)

  expect(second.pid).not.toBe(first.pid)
  expect(await query(second.url, 'select value from kept')).toEqual([{ value: 42 }])
  expect(second.url).toBe(first.url)
})

test('a PostgreSQL that still runs is taken over, and stopping it twice is harmless', async () => {
  const dataDir = newFolder()
  const first = await start(dataDir)

  const second = await start(dataDir)

  expect(second).toMatchObject({ pid: first.pid, adopted: true, url: first.url })
  await Promise.all([second.stop(), second.stop()])
  await first.exited
  expect(statSync(join(dataDir, 'postgres-access.json')).mode & 0o777).toBe(0o600)
})

test('a wrong password is refused', async () => {
  const { url } = await start(newFolder())

  await expect(query(url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toMatchObject({ code: '28P01' })
})

test('the data may lie below a private folder', async () => {
  const home = join(newFolder(), 'home')
  mkdirSync(home)
  chmodSync(home, 0o700)

  const { url } = await start(join(home, 'data'))

  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forge-postgres-'))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined })
  started.push(postgres)
  return postgres
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
