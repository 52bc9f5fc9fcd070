import type { ForgeClient } from '../../../../server/client/client'
import { routes } from '../../../../server/contract/routes'
import { expireApprovals } from '../../../../server/jobs/approvals/expire-approvals'
import { completeFineTune, completeIngest } from '../../../nodes/support/jobs'
import { approvalOf, rollOut, serveApproved, waitForPerson } from '../../../support/deploy-jobs'
import { startReceiver } from '../../../support/receiver'
import type { ScriptedWorker } from '../../../support/scripted-worker'
import { startServer, type TestServer } from '../../../support/server'
import { addEvaluation, addModel } from '../../../support/serving-fixture'
import { unique } from '../../../support/unique'

let server: TestServer
let worker: ScriptedWorker
let person: ForgeClient
let model: string
const project = 'proj_default'
beforeAll(async () => {
  server = await startServer({ FORGE_OUTGOING_ALLOW: '127.0.0.1' })
  worker = await server.worker('only')
  person = server.clients.approve
  model = await addModel(server.db, project)
}, 60_000)
afterAll(() => server.stop())

const getJob = (id: string) => server.clients.read.call(routes.getJob, { params: { id } })
const getApproval = (id: string) => person.call(routes.getApproval, { params: { id } })
const approve = (id: string, reason: string | null = null) =>
  person.call(routes.approve, { params: { id }, body: { reason } })
const reject = (id: string, reason = 'The tone is off.') =>
  person.call(routes.reject, { params: { id }, body: { reason } })
const eventsOf = async (id: string): Promise<{ type: string; data: unknown }[]> =>
  (
    await server.db
      .selectFrom('app.event')
      .select(['type', 'data'])
      .where('type', 'like', 'approval.%' as never)
      .orderBy('id')
      .execute()
  ).filter(({ data }) => data['approval_id'] === id)
const auditOf = (id: string) => server.db.selectFrom('app.audit').selectAll().where('subject', '=', id).execute()
const expireNow = async (id: string): Promise<void> => {
  await server.db
    .updateTable('app.approval')
    .set({ expires_at: new Date(0) })
    .where('id', '=', id)
    .execute()
  await expireApprovals(server.db)
}

test('a deploy job waits without a worker, goes on when a person approves, and says who did', async () => {
  await addEvaluation(server.db, project, model, [
    { metric: 'chrf', rule: 'min 20', value: 30, baseline: null, passed: true },
  ])
  const { jobId, lease, approval } = await waitForPerson(server, worker, { model })

  expect(await getJob(jobId)).toMatchObject({
    status: 'awaiting_approval',
    status_reason: approval.id,
    ended_at: null,
    usage: { energy_joules: 0, cpu_seconds: 0, cost: 0 },
  })
  expect(approval).toMatchObject({ status: 'pending', model, artifact_hash: `hash-of-${model}`, decided_by: null })
  expect(approval.evaluation_id).toMatch(/^eval_/)
  expect(Date.parse(approval.expires_at) - Date.parse(approval.requested_at)).toBeCloseTo(604_800_000, -3)
  const { data: workers } = await server.clients.read.call(routes.listWorkers, {})
  expect(workers[0]?.running_jobs).toEqual([])
  expect(await worker.paused(lease)).toMatchObject({ status: 'awaiting_approval' })

  expect(await approve(approval.id, 'Read twenty texts.')).toMatchObject({
    status: 'approved',
    decided_by: { name: 'read approve' },
    reason: 'Read twenty texts.',
  })
  await serveApproved(worker)

  expect(await getJob(jobId)).toMatchObject({ status: 'succeeded', attempt: 2 })
  expect((await eventsOf(approval.id)).map(({ type }) => type)).toEqual(['approval.requested', 'approval.approved'])
  expect(await auditOf(approval.id)).toMatchObject([
    { action: 'approval.approved', details: { job_id: jobId, model, reason: 'Read twenty texts.' } },
  ])
})

test('a rejected job is cancelled with the reason, and its group calls back', async () => {
  const receiver = await startReceiver()
  const group = await server.clients.write.call(routes.createJobGroup, {
    body: {
      jobs: [{ kind: 'deploy', input: { name: unique('texts'), model, require_approval: true } }],
      callback_url: receiver.url,
    },
  })
  await rollOut(worker, await worker.take())
  const jobId = group.job_ids[0] ?? ''
  const waiting = await server.clients.read.call(routes.getJobGroup, { params: { id: group.id } })
  expect(waiting).toMatchObject({ status: 'running', counts: { awaiting_approval: 1 } })

  const { id } = await approvalOf(server, jobId)
  await reject(id)

  expect(await getJob(jobId)).toMatchObject({
    status: 'cancelled',
    error: {
      code: 'approval_rejected',
      message: expect.stringMatching(/"read approve" rejected .*: The tone is off\./),
    },
  })
  expect((await receiver.nth(1)).body).toMatchObject({
    status: 'cancelled',
    jobs: [{ id: jobId, status: 'cancelled' }],
  })
  expect((await eventsOf(id)).at(-1)).toMatchObject({ type: 'approval.rejected', data: { reason: 'The tone is off.' } })
  await receiver.close()
})

test('nobody in time: the job is cancelled, and a decision comes too late', async () => {
  const { jobId, approval } = await waitForPerson(server, worker, { model, approval_timeout_seconds: 60 })
  expect(Date.parse(approval.expires_at) - Date.parse(approval.requested_at)).toBeCloseTo(60_000, -3)
  await expireNow(approval.id)
  await server.reached(jobId, 'cancelled')

  expect(await getJob(jobId)).toMatchObject({ status: 'cancelled', error: { code: 'approval_expired' } })
  expect(await getApproval(approval.id)).toMatchObject({ status: 'expired', decided_by: null })
  await expect(approve(approval.id)).rejects.toMatchObject({
    status: 409,
    code: 'approval_decided',
    message: expect.stringContaining('expired at 1970'),
  })
  expect((await eventsOf(approval.id)).map(({ type }) => type)).toEqual(['approval.requested', 'approval.expired'])
  expect(await auditOf(approval.id)).toMatchObject([{ actor: 'forge', action: 'approval.expired' }])
})

test('a job that is cancelled while it waits closes its approval', async () => {
  const { jobId, approval } = await waitForPerson(server, worker, { model })
  await server.clients.write.call(routes.cancelJob, { params: { id: jobId } })

  expect(await getApproval(approval.id)).toMatchObject({ status: 'cancelled', decided_by: null })
  await expect(approve(approval.id)).rejects.toMatchObject({ code: 'approval_decided' })
  expect((await getJob(jobId)).status).toBe('cancelled')
})

test('a deadline that passes while it waits closes its approval', async () => {
  const { jobId, approval } = await waitForPerson(server, worker, { model })
  await server.db
    .updateTable('app.job')
    .set({ deadline_at: new Date(0) })
    .where('id', '=', jobId)
    .execute()
  await server.enforceLimits()

  expect(await getJob(jobId)).toMatchObject({ status: 'failed', error: { code: 'timed_out' } })
  expect((await getApproval(approval.id)).status).toBe('cancelled')
})

test('a waiting job survives a restart of the server, and goes on when approved after it', async () => {
  const { jobId, approval } = await waitForPerson(server, worker, { model })
  await server.restart()
  expect(await getJob(jobId)).toMatchObject({ status: 'awaiting_approval', status_reason: approval.id })

  await approve(approval.id)
  await serveApproved(worker)

  expect((await getJob(jobId)).status).toBe('succeeded')
})

test('of an approval and a rejection at once exactly one counts', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { jobId, approval } = await waitForPerson(server, worker, { model })
    const answers = await Promise.allSettled([approve(approval.id), reject(approval.id)])

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const lost = answers.find(({ status }) => status === 'rejected') as PromiseRejectedResult
    expect(lost.reason).toMatchObject({ code: 'approval_decided' })
    const { status } = await getApproval(approval.id)
    expect((await getJob(jobId)).status).toBe(status === 'approved' ? 'queued' : 'cancelled')
    expect(await auditOf(approval.id)).toHaveLength(1)
    expect(await eventsOf(approval.id)).toHaveLength(2)
    if (status === 'approved') await serveApproved(worker)
  }
})

test('the same decision again is no error; another one is refused and names who decided when', async () => {
  const { approval } = await waitForPerson(server, worker, { model })
  const first = await reject(approval.id)
  expect(await reject(approval.id)).toEqual(first)

  await expect(approve(approval.id)).rejects.toMatchObject({
    status: 409,
    code: 'approval_decided',
    message: expect.stringContaining(`"read approve" rejected it at ${first.decided_at} (The tone is off.)`),
  })
  await expect(
    server.clients.admin.call(routes.reject, { params: { id: approval.id }, body: { reason: 'The tone is off.' } }),
  ).rejects.toMatchObject({ code: 'approval_decided' })
  expect(await auditOf(approval.id)).toHaveLength(1)
})

test('what the gate refuses is put before nobody', async () => {
  const refused = await addModel(server.db, project, { name: 'refused' })
  const { id: jobId } = await server.clients.write.call(routes.createDeployment, {
    body: { name: unique('texts'), model: refused, require_approval: true },
  })
  const lease = await worker.take()
  await server.db.updateTable('app.model').set({ gate: 'failed' }).where('id', '=', refused).execute()

  await expect(rollOut(worker, lease)).rejects.toMatchObject({ code: 'gate_failed' })
  await worker.fail(lease, 'gate_failed')
  expect(await getJob(jobId)).toMatchObject({ status: 'failed', error: { code: 'gate_failed' } })
  await expect(approvalOf(server, jobId)).rejects.toThrow('Nobody was asked')
})

test('a forced deployment waits as well, and the question says that the gate failed', async () => {
  const refused = await addModel(server.db, project, { name: 'forced', gate: 'failed' })
  const { approval } = await waitForPerson(server, worker, { model: refused, force: true, reason: 'for a demo' })
  expect(approval).toMatchObject({ forced: true, model: refused })
  await reject(approval.id)
})

test('a gate that fails after the approval still holds the roll-out up', async () => {
  const later = await addModel(server.db, project, { name: 'later' })
  const { approval } = await waitForPerson(server, worker, { model: later })
  await approve(approval.id)
  await server.db.updateTable('app.model').set({ gate: 'failed' }).where('id', '=', later).execute()
  const lease = await worker.take()

  await expect(rollOut(worker, lease)).rejects.toMatchObject({ code: 'gate_failed' })
  await worker.fail(lease, 'gate_failed')
})

test('an approval is for the artifacts that were shown: others are asked about again', async () => {
  const { jobId, approval } = await waitForPerson(server, worker, { model })
  await approve(approval.id)
  await server.db.updateTable('app.approval').set({ artifact_hash: 'other' }).where('id', '=', approval.id).execute()

  expect(await rollOut(worker, await worker.take())).toEqual({ state: 'awaiting_approval' })
  const again = await approvalOf(server, jobId)
  expect(again.id).not.toBe(approval.id)
  await reject(again.id)
})

test('a worker that lost the answer hears the same, and can do nothing with its lease', async () => {
  const { jobId, lease, approval } = await waitForPerson(server, worker, { model })

  expect(await rollOut(worker, lease)).toEqual({ state: 'awaiting_approval' })
  await expect(worker.heartbeat(lease)).rejects.toMatchObject({ code: 'lease_lost' })
  expect(await worker.fail(lease, 'engine_failed')).toMatchObject({ status: 'awaiting_approval' })
  await approve(approval.id)
  await expect(rollOut(worker, lease)).rejects.toMatchObject({ code: 'lease_lost' })
  expect((await getJob(jobId)).status).toBe('queued')
  await serveApproved(worker)
})

test('a worker that is lost after the approval does not ask for it again', async () => {
  const { jobId, approval } = await waitForPerson(server, worker, { model })
  await approve(approval.id)
  const lease = await worker.take()
  await server.expire(lease)
  await serveApproved(worker)

  expect((await getJob(jobId)).status).toBe('succeeded')
  expect((await approvalOf(server, jobId)).id).toBe(approval.id)
})

test('deciding needs the scope approve, and an approval of another project is not there', async () => {
  const { approval } = await waitForPerson(server, worker, { model })
  const params = { id: approval.id }

  await expect(server.clients.write.call(routes.approve, { params, body: {} })).rejects.toMatchObject({
    code: 'missing_scope',
  })
  const stranger = await server.client(['read', 'approve'], 'proj_stranger')
  await expect(stranger.call(routes.approve, { params, body: {} })).rejects.toMatchObject({
    code: 'approval_not_found',
  })
  await expect(reject(approval.id, ' ')).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('reason'),
  })
  await reject(approval.id)
})

test('approvals are listed by state, newest first, a page at a time', async () => {
  const older = (await waitForPerson(server, worker, { model })).approval
  const newer = (await waitForPerson(server, worker, { model })).approval
  const first = await person.call(routes.listApprovals, { query: { status: 'pending', limit: 1 } })
  const next = await person.call(routes.listApprovals, { query: { status: 'pending', after: newer.id } })

  expect(first).toMatchObject({ has_more: true, data: [{ id: newer.id }] })
  expect(next).toMatchObject({ has_more: false, data: [{ id: older.id }] })
  await reject(older.id)
  await reject(newer.id)
})

test('a recipe whose deployment is rejected fails with who rejected it and why', async () => {
  const file = await server.clients.write.call(routes.putFile, {
    query: { purpose: 'dataset', filename: 'a.jsonl' },
    body: Buffer.from('{}\n'),
  })
  const name = unique('run')
  const deploy = { name: unique('texts'), require_approval: true, approval_timeout_seconds: 60 }
  const run = await server.clients.write.call(routes.applyRecipe, {
    body: { recipe: { name, ingest: { file_ids: [file.id], options: {} }, fine_tune: {}, deploy } },
  })
  await completeIngest(worker, await worker.take())
  await completeFineTune(worker, await worker.take())
  const lease = await worker.take()
  expect(await rollOut(worker, lease)).toEqual({ state: 'awaiting_approval' })
  expect((await getJob(run.id)).status).toBe('running')
  await reject((await approvalOf(server, lease.job_id)).id)

  expect(await getJob(run.id)).toMatchObject({
    status: 'failed',
    error: {
      code: 'approval_rejected',
      message: expect.stringMatching(/^Step deploy: "read approve" rejected .*off\.$/),
    },
  })
})
