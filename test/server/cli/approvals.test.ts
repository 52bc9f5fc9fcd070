import { buildProgram } from '../../../server/cli/program'
import { waitForPerson } from '../../support/deploy-jobs'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'
import { addModel } from '../../support/serving-fixture'

let server: TestServer
let worker: ScriptedWorker
let model: string
beforeAll(async () => {
  server = await startServer()
  worker = await server.worker('only')
  model = await addModel(server.db, 'proj_default')
}, 60_000)
afterAll(() => server.stop())
afterEach(() => {
  process.exitCode = undefined
})

const forge = async (...args: string[]): Promise<{ out: string; err: string; code: unknown }> => {
  let [out, err] = ['', '']
  const program = buildProgram({
    serverUrl: server.url,
    apiKey: server.adminKey,
    isTerminal: false,
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  })
  await program.parseAsync(['node', 'forge', ...args])
  return { out, err, code: process.exitCode ?? 0 }
}

test('an approval is found, shown and given from the shell; a rejection after it is refused', async () => {
  const { approval, jobId } = await waitForPerson(server, worker, { model })

  expect((await forge('approvals', 'list', '--status', 'pending')).out).toContain(approval.id)
  expect((await forge('approvals', 'show', approval.id)).out).toContain(jobId)
  const { out } = await forge('approvals', 'approve', approval.id, '--reason', 'Read twenty texts.')
  expect(out).toMatch(/by\s+admin \(key_\w+\)/)
  expect(out).toMatch(/reason\s+Read twenty texts\./)
  expect(await forge('approvals', 'reject', approval.id, '--reason', 'too late')).toMatchObject({
    code: 1,
    err: expect.stringContaining('"admin" approved it at'),
  })
  expect((await forge('jobs', 'get', jobId)).out).toContain('queued')
})

test('forge deploy asks for an approval, with its time', async () => {
  const given = ['--require-approval', '--approval-timeout', '60', '--no-wait']
  const { out } = await forge('deploy', model, '--name', 'asked', ...given)
  const id = /job_\w+/.exec(out)?.[0] ?? ''

  expect((await forge('jobs', 'get', id, '--json')).out).toMatch(
    /"require_approval": true,\s+"approval_timeout_seconds": 60/,
  )
})
