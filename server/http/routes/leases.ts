import type { Readable } from 'node:stream'
import { routes } from '../../contract/routes'
import type { DeployInput } from '../../contract/deployments'
import { ForgeError } from '../../contract/errors'
import { checkGate, lastEvaluation } from '../../deployments/gate'
import { rollOutState, startRollOut } from '../../deployments/roll-out'
import { hasApproval, type Question } from '../../jobs/approvals/has-approval'
import { addCheckpoint, completeAttempt, failAttempt, heartbeat, pauseAttempt } from '../../jobs/attempt'
import { chargeAttempt } from '../../jobs/charge'
import type { Tx } from '../../storage/database'
import { parseLeaseId } from '../../jobs/lease-id'
import type { JobRow } from '../../jobs/move-job'
import { addBlob } from '../../storage/sql/add-blob'
import { clientGone } from '../client-gone'
import type { Ports } from '../ports'
import type { Register } from '../register'

/** The calls of an attempt: each is refused with `lease_lost` once its fence is stale, samples aside. */
export const leaseRoutes = (on: Register, { db, blobs, signals, lease, prices, stopping }: Ports): void => {
  const config = { ...lease, prices }
  const held = async (id: string): Promise<JobRow> => {
    const { jobId, fence } = parseLeaseId(id)
    const job = await db
      .selectFrom('app.job')
      .selectAll()
      .where('id', '=', jobId)
      .where('fence', '=', fence)
      .executeTakeFirst()
    if (!job || job.status === 'cancelled') throw new ForgeError('lease_lost', { lease: id })
    return job
  }
  /** A cancel raised the fence: the worker is told so, and any other loss is refused. */
  const commandAfterLoss = async (id: string): Promise<'cancel' | null> => {
    const { jobId, fence } = parseLeaseId(id)
    const job = await db.selectFrom('app.job').select(['status', 'fence']).where('id', '=', jobId).executeTakeFirst()
    return job?.status === 'cancelled' && job.fence === fence + 1 ? 'cancel' : null
  }
  const beat = async (id: string, body: Parameters<typeof heartbeat>[2]): Promise<'pause' | 'cancel' | null> => {
    try {
      return await heartbeat(db, id, body, config)
    } catch (error) {
      const command = error instanceof ForgeError && error.code === 'lease_lost' ? await commandAfterLoss(id) : null
      if (command === null) throw error
      return command
    }
  }

  on(routes.leaseHeartbeat, async ({ params, body, reply }) => {
    const ended = AbortSignal.any([clientGone(reply), stopping])
    const answered = new AbortController()
    // listening begins before looking: a command in between is not slept through
    const command =
      body.wait_seconds === 0
        ? null
        : signals.wait(
            [`command:${parseLeaseId(params.id).jobId}`],
            body.wait_seconds * 1000,
            AbortSignal.any([ended, answered.signal]),
          )
    try {
      let given = await beat(params.id, body)
      if (given === null && command) {
        await command
        given = ended.aborted ? null : await beat(params.id, {})
      }
      return { command: given, expires_in_ms: lease.leaseSeconds * 1000 }
    } finally {
      answered.abort()
    }
  })
  on(routes.reportCheckpoint, async ({ params, body }) => {
    await addCheckpoint(db, params.id, body)
    return { status: 'durable' }
  })
  on(routes.completeLease, async ({ params, body }) => {
    await chargeAttempt(db, params.id, body.samples, prices)
    return (await completeAttempt(db, params.id, body.outputs, config)) as never
  })
  on(routes.failLease, async ({ params, body }) => {
    await chargeAttempt(db, params.id, body.samples, prices)
    return (await failAttempt(db, params.id, body, config)) as never
  })
  on(routes.pausedLease, async ({ params, body }) => {
    await chargeAttempt(db, params.id, body.samples, prices)
    return (await pauseAttempt(db, params.id)) as never
  })

  /** Names whole bytes; should the collector have taken them in this moment, they are to be sent again. */
  const named = async (
    sha256: string,
    state: { received_bytes: number; complete: boolean },
  ): Promise<{ received_bytes: number; complete: boolean }> => {
    if (!state.complete) return state
    await addBlob(db, { sha256, bytes: state.received_bytes })
    return (await blobs.size(sha256)) === null ? { received_bytes: 0, complete: false } : state
  }
  on(routes.getUpload, async ({ params }) => {
    await held(params.id)
    const state = await blobs.received(params.id, params.sha256)
    // the part that completed it may have arrived while the database was away
    return await named(params.sha256, state)
  })
  on(routes.putArtifact, async ({ params, query, request }) => {
    await held(params.id)
    const state = await blobs.putPart(params.id, params.sha256, request.body as Readable, query)
    return await named(params.sha256, state)
  })
  on(routes.getBlob, async ({ params, reply }) =>
    reply.type('application/octet-stream').send(await blobs.read(params.sha256)),
  )

  on(routes.whichAreRemoved, async ({ body }) => {
    if (body.sha256s.length === 0) return { sha256s: [] }
    const gone = await db
      .selectFrom('app.blob')
      .select('sha256')
      .where('sha256', 'in', body.sha256s)
      .where('removed_at', 'is not', null)
      .execute()
    return { sha256s: gone.map(({ sha256 }) => sha256) }
  })

  on(routes.startRollOut, async ({ params, caller }) => {
    const { id: jobId, project_id: projectId, ...job } = await held(params.id)
    const input = job.input as unknown as DeployInput
    return await db.transaction().execute(async (tx) => {
      if (input.require_approval === true) {
        const ask = (): Promise<Question> => questionAbout(tx, projectId, input)
        if (!(await hasApproval(tx, params.id, ask, input.approval_timeout_seconds)))
          return { state: 'awaiting_approval' as const }
      }
      return await startRollOut(tx, { projectId, jobId, input, actor: caller.keyId })
    })
  })
  on(routes.getRollOut, async ({ params }) => rollOutState(db, (await held(params.id)).id))
}

/** What a person is asked about. The gate comes first: what it refuses is put before nobody. */
const questionAbout = async (tx: Tx, projectId: string, input: DeployInput): Promise<Question> => {
  const { model, forced } = await checkGate(tx, projectId, input)
  const evaluation = await lastEvaluation(tx, projectId, model.artifact_hash)
  const { id, artifact_hash } = model
  return { deployment: input.name, model: id, artifact_hash, evaluation_id: evaluation?.id ?? null, forced }
}
