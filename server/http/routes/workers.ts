import { sql } from 'kysely'
import { ForgeError } from '../../contract/errors'
import { routes } from '../../contract/routes'
import type { Lease } from '../../contract/workers'
import { failAttempt } from '../../jobs/attempt'
import { takeJob, type LeaseAsk } from '../../jobs/lease'
import { leaseId } from '../../jobs/lease-id'
import { openConnection } from '../../connections/connections'
import { viewLease, type LeasePorts } from '../../jobs/lease-view'
import { dropUnkept, noteKept } from '../../jobs/kept-checkpoints'
import { loseLeasesOf } from '../../jobs/watch'
import { workerChanged } from '../../deployments/generations'
import { isSettled, observeReplicas } from '../../deployments/observe-replicas'
import { recordReplicaSamples } from '../../deployments/record-replica-samples'
import { newId } from '../../storage/new-id'
import { notify } from '../../storage/sql/append-event'
import type { Resources } from '../../contract/jobs'
import { clientGone } from '../client-gone'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

/** Workers: who is there, and what it may do next. */
export const workerRoutes = (on: Register, ports: Ports): void => {
  const { db, broker, signals, models, lease, prices, stopping } = ports
  const leasePorts: LeasePorts = {
    ...models,
    openConnection: (tx, projectId, id) => openConnection(tx, ports.secretKeys, projectId, id),
  }

  const seen = async (id: string): Promise<{ draining: boolean; resources: Resources }> => {
    const row = await db
      .updateTable('app.worker')
      .set({ last_seen_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .returning(['draining', 'resources'])
      .executeTakeFirst()
    if (!row) throw new ForgeError('worker_not_found', { id })
    return row
  }
  const take = async (ask: LeaseAsk): Promise<Lease | null> => {
    for (let job = await takeJob(db, broker, ask); job; job = await takeJob(db, broker, ask)) {
      try {
        return await viewLease(db, job, leasePorts, lease.leaseSeconds)
      } catch (error) {
        if (!(error instanceof ForgeError)) throw error
        // what the job needs was deleted while it waited: it fails with that reason, and the next one is tried
        await failAttempt(db, leaseId(job.id, job.fence), { code: error.code, message: error.message }, lease)
      }
    }
    return null
  }

  on(routes.registerWorker, async ({ body }) => {
    const { id, forget_checkpoints } = await db.transaction().execute(async (tx) => {
      const known = await tx
        .selectFrom('app.worker')
        .select(['id', 'boot_id'])
        .where('name', '=', body.name)
        .forUpdate()
        .executeTakeFirst()
      const figures = {
        boot_id: body.boot_id,
        resources: JSON.stringify(body.resources),
        classes: body.classes,
        draining: false,
        last_seen_at: sql<Date>`clock_timestamp()`,
      }
      if (!known) {
        const { id } = await tx
          .insertInto('app.worker')
          .values({ id: newId('worker'), name: body.name, ...figures })
          .returning('id')
          .executeTakeFirstOrThrow()
        return { id, forget_checkpoints: await noteKept(tx, id, body.kept_checkpoints, lease.affinityWaitSeconds) }
      }
      if (known.boot_id !== body.boot_id) {
        await loseLeasesOf(tx, known.id, { prices, ...lease })
        await dropUnkept(tx, known.id, body.kept_checkpoints)
      }
      await tx.updateTable('app.worker').set(figures).where('id', '=', known.id).execute()
      // after its leases are lost: what it held is queued now, and waits for it
      const forget = await noteKept(tx, known.id, body.kept_checkpoints, lease.affinityWaitSeconds)
      return { id: known.id, forget_checkpoints: forget }
    })
    await notify(db, 'outbox')
    return {
      id,
      lease_seconds: lease.leaseSeconds,
      heartbeat_seconds: lease.heartbeatSeconds,
      offline_grace_seconds: lease.offlineGraceSeconds,
      forget_checkpoints,
    }
  })
  on(routes.listWorkers, async ({ query }) => {
    const page = await pageOfRows(db.selectFrom('app.worker').selectAll(), query)
    const running = await db
      .selectFrom('app.job')
      .select(['id', 'worker_id'])
      .where('status', 'in', ['running', 'pausing'])
      .where('worker_id', 'is not', null)
      .execute()
    return listOf(
      page.rows.map((row) => ({
        id: row.id,
        object: 'worker' as const,
        name: row.name,
        resources: row.resources,
        classes: row.classes,
        last_seen_at: row.last_seen_at.toISOString(),
        state:
          Date.now() - row.last_seen_at.getTime() > 120_000
            ? ('gone' as const)
            : row.draining
              ? ('draining' as const)
              : ('active' as const),
        running_jobs: running.filter((job) => job.worker_id === row.id).map((job) => job.id),
      })),
      page.has_more,
    )
  })
  on(routes.leaseJob, async ({ params, body, reply }) => {
    const until = Date.now() + body.wait_seconds * 1000
    const stop = AbortSignal.any([clientGone(reply), stopping])
    const answered = new AbortController()
    const waiting = AbortSignal.any([stop, answered.signal])
    try {
      const forget_checkpoints = await db
        .transaction()
        .execute((tx) => noteKept(tx, params.id, body.kept_checkpoints, lease.affinityWaitSeconds))
      for (;;) {
        const worker = await seen(params.id)
        if (worker.draining) return { lease: null, drain: true, forget_checkpoints }
        // listening begins before looking, as in the heartbeats
        const ticket = signals.wait(['ticket'], Math.max(0, Math.min(until - Date.now(), 2000)), waiting)
        const leased = stop.aborted
          ? null
          : await take({
              workerId: params.id,
              free: body.free,
              classes: body.classes,
              leaseSeconds: lease.leaseSeconds,
            })
        if (leased || until <= Date.now() || stop.aborted) return { lease: leased, drain: false, forget_checkpoints }
        await ticket
      }
    } finally {
      answered.abort()
    }
  })
  on(routes.replicaHeartbeat, async ({ params, body, caller }) => {
    const { draining } = await seen(params.id)
    await recordReplicaSamples(db, caller.projectId, params.id, body, prices)
    const answered = new AbortController()
    // listening begins before looking: a change in between is not slept through
    const change = signals.wait(
      [workerChanged(params.id)],
      body.wait_seconds * 1000,
      AbortSignal.any([stopping, answered.signal]),
    )
    let wanted = await observeReplicas(db, params.id, body.observed)
    if (isSettled(wanted, body.observed)) {
      await change
      // a server that stops may have closed its database by now
      if (!stopping.aborted) wanted = await observeReplicas(db, params.id, body.observed)
    }
    answered.abort()
    return { wanted, drain: draining }
  })
}
