import { sql } from 'kysely'
import type { Db, Tx } from '../storage/database'
import { notify } from '../storage/sql/append-event'
import { deploymentsChanged, replicasChanged } from './generations'

/** Gateways report requests every 2 s, so one that runs elsewhere is known before this many seconds passed. */
const reportSeconds = 5

export interface IdleOptions {
  /** deployments with running requests here: they are not idle */
  busy?: readonly string[]
  /** added to each timeout; 5 by default */
  graceSeconds?: number
}

/** Puts deployments to sleep that nobody called for longer than their `idle_timeout_s`. Returns their ids. */
export const sleepIdle = (db: Db, { busy = [], graceSeconds = reportSeconds }: IdleOptions = {}): Promise<string[]> =>
  db.transaction().execute(async (tx) => {
    const slept = await tx
      .updateTable('app.deployment as d')
      .set({ asleep: true })
      .where('d.wanted', '=', 'running')
      .where('d.asleep', '=', false)
      .where('d.serving_generation', 'is not', null)
      .where('d.idle_timeout_s', 'is not', null)
      .where(
        sql<boolean>`d.last_request_at < clock_timestamp() - make_interval(secs => d.idle_timeout_s + ${graceSeconds})`,
      )
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('app.deployment_generation as g')
              .select('g.generation')
              .whereRef('g.deployment_id', '=', 'd.id')
              .where('g.state', '=', 'rolling_out'),
          ),
        ),
      )
      .$if(busy.length > 0, (query) => query.where('d.id', 'not in', [...busy]))
      .returning('d.id')
      .execute()
    const ids = slept.map(({ id }) => id)
    if (ids.length > 0) {
      await notify(tx, deploymentsChanged)
      await notify(tx, replicasChanged)
    }
    return ids
  })

/** Wants the deployment's replicas back. True when it slept. */
export const wake = async (db: Tx, deploymentId: string): Promise<boolean> => {
  const woken = await db
    .updateTable('app.deployment')
    .set({ asleep: false, last_request_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', deploymentId)
    .where('asleep', '=', true)
    .returning('id')
    .executeTakeFirst()
  if (woken) await notify(db, deploymentsChanged)
  return woken !== undefined
}

/** Notes that these deployments were called just now. */
export const touchDeployments = async (db: Tx, ids: readonly string[]): Promise<void> => {
  if (ids.length === 0) return
  await db
    .updateTable('app.deployment')
    .set({ last_request_at: sql<Date>`clock_timestamp()` })
    .where('id', 'in', [...ids])
    .execute()
}
