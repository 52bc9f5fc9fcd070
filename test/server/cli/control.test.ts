import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, type TestServer } from '../../support/server'
import { runForge } from '../../support/shell'
import { unique } from '../../support/unique'

let server: TestServer
let folder: string
beforeAll(async () => {
  server = await startServer()
  folder = mkdtempSync(join(tmpdir(), 'forge-cli-'))
}, 60_000)
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})
const forge = (...args: string[]) => runForge({ url: server.url, apiKey: server.adminKey }, args)
const workFile = (batch: string): string => {
  const path = join(folder, `${batch}.json`)
  writeFileSync(path, JSON.stringify({ kind: 'sleep', input: { seconds: 1 }, job: { metadata: { batch } } }))
  return path
}

test('a schedule is made, run, switched off and deleted; its jobs are cancelled by their metadata', async () => {
  const [name, batch] = [unique('nightly'), unique('batch')]
  const made = await forge(
    'schedules',
    'create',
    name,
    '--cron',
    '0 2 * * *',
    '--work',
    workFile(batch),
    '--time-zone',
    'Europe/Vienna',
  )
  expect(made.out).toContain('Europe/Vienna')
  const id = /job_\w+/.exec((await forge('schedules', 'run', name)).out)?.[0]
  expect((await forge('schedules', 'disable', name)).out).toContain('off')

  const wanted = ['--metadata', `batch=${batch}`]
  expect((await forge('jobs', 'list', '--metadata', `schedule=${name}`)).out).toContain(id)
  expect(await forge('jobs', 'cancel', id ?? '', ...wanted)).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('not both'),
  })
  expect((await forge('jobs', 'cancel', ...wanted, '--dry-run')).out).toContain(`1 jobs match:\n${id ?? ''}`)
  expect((await forge('jobs', 'cancel', ...wanted)).out).toContain('1 done, 0 failed')
  expect((await forge('schedules', 'delete', name)).out).toContain('deleted')
})

test('jobs are not cancelled without a condition', async () => {
  expect(await forge('jobs', 'cancel')).toMatchObject({ exitCode: 1, err: expect.stringContaining('every job') })
})

test('a queue is paused and resumed', async () => {
  expect((await forge('queues', 'pause', 'gpu-n')).out).toMatch(/gpu-n .* paused at/)
  expect((await forge('queues', 'resume', 'gpu-n')).out).toMatch(/gpu-n .* open/)
})
