import { switchTo } from '../../../server/deployments/generations'
import { rollOut, waitForPerson } from '../../support/deploy-jobs'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'
import { addModel } from '../../support/serving-fixture'
import { runForge } from '../../support/shell'

let server: TestServer
let worker: ScriptedWorker
let model: string
beforeAll(async () => {
  server = await startServer()
  worker = await server.worker('only')
  model = await addModel(server.db, 'proj_default')
}, 60_000)
afterAll(() => server.stop())
const forge = (...args: string[]) => runForge({ url: server.url, apiKey: server.adminKey }, args)

/** The lease of a job that the shell has shown, and of none before it. */
const takeJob = async (shown: string) => {
  const id = /job_\w+/.exec(shown)?.[0]
  let lease = await worker.take()
  while (lease.job_id !== id) lease = await worker.take()
  return lease
}

test('an approval is found, shown and given from the shell; a rejection after it is refused', async () => {
  const { approval, jobId } = await waitForPerson(server, worker, { model })

  expect((await forge('approvals', 'list', '--status', 'pending')).out).toContain(approval.id)
  expect((await forge('approvals', 'show', approval.id)).out).toContain(jobId)
  const { out } = await forge('approvals', 'approve', approval.id, '--reason', 'Read twenty texts.')
  expect(out).toMatch(/by\s+admin \(key_\w+\)/)
  expect(out).toMatch(/reason\s+Read twenty texts\./)
  expect(await forge('approvals', 'reject', approval.id, '--reason', 'too late')).toMatchObject({
    exitCode: 1,
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

test('forge deployments roll-back asks for one too', async () => {
  for (const each of [model, await addModel(server.db, 'proj_default')]) {
    const { out } = await forge('deploy', each, '--name', 'undone', '--no-wait')
    const lease = await takeJob(out)
    const made = await rollOut(worker, lease)
    if (made.state === 'awaiting_approval') throw new Error('Nobody asked for an approval.')
    const { deployment_id, generation } = made
    await server.db.transaction().execute((tx) => switchTo(tx, deployment_id, generation))
    await worker.complete(lease, { kind: 'deploy', deployment_id, generation })
  }
  const { out } = await forge('deployments', 'roll-back', 'undone', '--require-approval', '--no-wait', '--json')
  expect(JSON.parse(out)).toMatchObject({ kind: 'deploy', input: { model, require_approval: true } })
  expect(await rollOut(worker, await takeJob(out))).toMatchObject({ state: 'awaiting_approval' })
})
