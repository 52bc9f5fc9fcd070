import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, type TestServer } from '../../support/server'
import { runForge } from '../../support/shell'
import { unique } from '../../support/unique'

let server: TestServer
let folder: string
beforeAll(async () => {
  server = await startServer({ FORGE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') })
  folder = await mkdtemp(join(tmpdir(), 'forge-cli-'))
}, 60_000)
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})
const forge = (...args: string[]) => runForge({ url: server.url, apiKey: server.adminKey }, args)
const secretsFile = async (secrets: object): Promise<string> => {
  const path = join(folder, unique('secrets'))
  await writeFile(path, JSON.stringify(secrets))
  return path
}

test('a connection is made with secrets of a file, shown without them, tried and deleted', async () => {
  const secrets = await secretsFile({ password: 'hidden-password' })
  const settings = ['host=127.0.0.1', 'port=1', 'database=4711', 'user=reader', 'tls=disable']
  const made = await forge(
    ...['connections', 'create', 'shop', '--type', 'postgres', '--secrets', secrets],
    ...settings.flatMap((pair) => ['--set', pair]),
  )
  expect(made).toMatchObject({ err: '', out: expect.stringContaining('database=4711') })
  const listed = await forge('connections', 'list', '--json')
  expect(JSON.parse(listed.out)).toMatchObject({ data: [{ name: 'shop', has_secret: true, settings: { port: 1 } }] })
  expect(made.out + listed.out).not.toContain('hidden-password')

  expect(await forge('connections', 'test', 'shop')).toMatchObject({
    out: expect.stringMatching(/^failed: /),
    exitCode: 1,
  })
  expect((await forge('connections', 'rotate-key')).out).toContain('0 connections')
  expect((await forge('connections', 'delete', 'shop')).out).toContain('deleted')
})

test('a wrong setting is named before anything is sent, and the secret is not repeated', async () => {
  const secrets = await secretsFile({ password: 'hidden-password', more: 'hidden-too' })
  const { err, exitCode } = await forge(
    ...['connections', 'create', 'shop', '--type', 'postgres', '--secrets', secrets, '--set', 'host=a'],
  )
  expect(err).toContain('settings.database')
  expect(err).not.toContain('hidden')
  expect(exitCode).toBe(1)
})

test('a source on the network becomes a job, and one without its connection is refused', async () => {
  const query = join(folder, 'rows.sql')
  await writeFile(query, 'select 1')
  expect((await forge('datasets', 'create', 'a', '--query', query, '--no-wait')).err).toContain('--connection')
  expect((await forge('datasets', 'create', 'a', 's3://shop/x.csv', '--no-wait')).err).toContain('--connection')
  expect((await forge('datasets', 'create', 'a', '--no-wait')).err).toContain('There is no source')
  const { err } = await forge('datasets', 'create', 'a', 'https://shop.example/x.csv', '--no-wait')
  expect(err).toBe('')
  const jobs = await server.db.selectFrom('app.job').select('input').execute()
  expect(jobs.map(({ input }) => input['source'])).toEqual([
    { type: 'url', url: 'https://shop.example/x.csv', connection: null },
  ])
})

test('--append adds the rows to the newest version', async () => {
  await forge('datasets', 'create', 'grows', 'https://shop.example/x.csv', '--append', '--no-wait')
  const jobs = await server.db.selectFrom('app.job').select(['input', 'concurrency_key']).execute()
  const job = jobs.find(({ input }) => input['name'] === 'grows')
  expect(job).toMatchObject({ input: { append: true }, concurrency_key: 'append/grows' })
})
