import { sql } from 'kysely'
import type { EnergySample } from '../contract/energy-sample'
import type { PriceTable } from '../contract/prices'
import type { Tx } from '../storage/database'
import { totalUsage } from './totals'

/** A statement takes 65,535 parameters; a worker that was offline brings hours of samples at once. */
const samplesPerInsert = 1000

/** Whom an entry is charged to. */
export interface Account {
  /** `<job>.<fence>` or `<replica>/<hour>` */
  owner: string
  projectId: string
  kind: string
  jobId?: string
  deploymentId?: string
  model?: string
}

/**
 * Stores samples once each and prices their owner's entry again. Late samples of a lost attempt are welcome: this is
 * the one write that a stale fence may make.
 */
export const recordSamples = async (
  tx: Tx,
  account: Account,
  samples: readonly EnergySample[],
  prices: PriceTable,
): Promise<void> => {
  if (samples.length === 0) return
  const { owner } = account
  // two reports at once would each sum up without the other's samples; outside a transaction this holds nothing
  await sql`select pg_advisory_xact_lock(hashtextextended(${`ledger/${owner}`}, 0))`.execute(tx)
  for (let start = 0; start < samples.length; start += samplesPerInsert) {
    await tx
      .insertInto('app.energy_sample')
      .values(
        samples.slice(start, start + samplesPerInsert).map((sample) => ({
          ...sample,
          owner,
          started_at: new Date(sample.started_at),
          ended_at: new Date(sample.ended_at),
        })),
      )
      .onConflict((on) => on.columns(['owner', 'meter', 'sequence']).doNothing())
      .execute()
  }
  const rows = await tx.selectFrom('app.energy_sample').selectAll().where('owner', '=', owner).execute()
  const all = rows.map((row) => ({
    ...row,
    started_at: row.started_at.toISOString(),
    ended_at: row.ended_at.toISOString(),
  }))
  const usage = totalUsage(all, prices)
  // all but the tokens, which samples do not know
  const figures = {
    energy_joules: usage.energy_joules,
    method: usage.method,
    covers: usage.covers,
    cost: usage.cost,
    currency: usage.currency,
    co2e_grams: usage.co2e_grams,
    cpu_seconds: usage.cpu_seconds,
    gpu_seconds: usage.gpu_seconds,
    started_at: new Date(Math.min(...rows.map((row) => row.started_at.getTime()))),
    ended_at: new Date(Math.max(...rows.map((row) => row.ended_at.getTime()))),
  }
  await tx
    .insertInto('app.ledger_entry')
    .values({
      ...figures,
      owner,
      project_id: account.projectId,
      kind: account.kind,
      job_id: account.jobId ?? null,
      deployment_id: account.deploymentId ?? null,
      model: account.model ?? null,
      tokens: null,
    })
    .onConflict((on) => on.column('owner').doUpdateSet(figures))
    .execute()
}

/** Adds tokens to an owner's entry, which is made when nothing was metered yet. */
export const recordTokens = async (tx: Tx, account: Account, tokens: number, currency: string): Promise<void> => {
  await tx
    .insertInto('app.ledger_entry')
    .values({
      owner: account.owner,
      project_id: account.projectId,
      kind: account.kind,
      job_id: account.jobId ?? null,
      deployment_id: account.deploymentId ?? null,
      model: account.model ?? null,
      tokens,
      started_at: sql<Date>`clock_timestamp()`,
      ended_at: sql<Date>`clock_timestamp()`,
      energy_joules: 0,
      method: null,
      covers: [],
      cost: 0,
      currency,
      co2e_grams: 0,
      cpu_seconds: 0,
      gpu_seconds: 0,
    })
    .onConflict((on) =>
      on.column('owner').doUpdateSet({ tokens: sql<number>`coalesce(app.ledger_entry.tokens, 0) + excluded.tokens` }),
    )
    .execute()
}

/** The samples of an owner, for filling the gap that a lost worker left. */
export const samplesOf = async (tx: Tx, owner: string): Promise<EnergySample[]> => {
  const rows = await tx.selectFrom('app.energy_sample').selectAll().where('owner', '=', owner).execute()
  return rows.map((row) => ({
    meter: row.meter,
    sequence: row.sequence,
    started_at: row.started_at.toISOString(),
    ended_at: row.ended_at.toISOString(),
    joules: row.joules,
    method: row.method,
    covers: row.covers,
    error_percent: row.error_percent,
    cpu_seconds: row.cpu_seconds,
    gpu_seconds: row.gpu_seconds,
  }))
}
