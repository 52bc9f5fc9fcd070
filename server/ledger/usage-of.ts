import { sql } from 'kysely'
import type { z } from 'zod'
import type { usageQuery } from '../contract/usage-query'
import type { EnergyMethod, Usage } from '../contract/usage'
import { energyMethod } from '../contract/usage'
import type { Tx } from '../storage/database'
import { noUsage } from './totals'

interface SumRow {
  key: string
  energy_joules: number
  worst: number | null
  covers: string[] | null
  cost: number
  co2e_grams: number
  cpu_seconds: number
  gpu_seconds: number
  tokens: number | null
}

// the place of a method in the enum, so that SQL can take the least certain one
const rank = sql`array_position(${[...energyMethod.options]}::text[], method)`
const sums = sql`sum(energy_joules) as energy_joules, max(${rank}) as worst, sum(cost) as cost, sum(co2e_grams) as co2e_grams,
  sum(cpu_seconds) as cpu_seconds, sum(gpu_seconds) as gpu_seconds, sum(tokens)::float8 as tokens,
  (select array_agg(distinct c) from unnest(string_to_array(string_agg(array_to_string(covers, '|'), '|'), '|')) c where c <> '') as covers`

const toUsage = (row: SumRow, currency: string): Usage => ({
  energy_joules: row.energy_joules,
  method: methodOf(row.worst),
  covers: row.covers ?? [],
  cost: row.cost,
  currency,
  co2e_grams: row.co2e_grams,
  cpu_seconds: row.cpu_seconds,
  gpu_seconds: row.gpu_seconds,
  tokens: row.tokens,
})
const methodOf = (place: number | null): EnergyMethod | null =>
  place === null ? null : (energyMethod.options[place - 1] ?? null)

/** Usage by job: all attempts, and for a recipe run the sum of its children. */
export const usageOfJobs = async (tx: Tx, ids: readonly string[], currency: string): Promise<Map<string, Usage>> => {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<SumRow>`select owner_job as key, ${sums} from (
      select entry.*, entry.job_id as owner_job from app.ledger_entry entry where entry.job_id = any(${[...ids]})
      union all
      select entry.*, child.parent_id from app.ledger_entry entry join app.job child on child.id = entry.job_id where child.parent_id = any(${[...ids]})
    ) charged group by owner_job`.execute(tx)
  return new Map(rows.map((row) => [row.key, toUsage(row, currency)]))
}

const keys = {
  job: sql`coalesce(job_id, 'serving')`,
  kind: sql`kind`,
  model: sql`coalesce(model, 'none')`,
  deployment: sql`coalesce(deployment_id, 'none')`,
  day: sql`to_char(started_at at time zone 'UTC', 'YYYY-MM-DD')`,
  project: sql`project_id`,
} as const

/** The usage report: rows by the asked key, and their total. */
export const usageReport = async (tx: Tx, projectId: string, query: z.infer<typeof usageQuery>, currency: string) => {
  const { rows } =
    await sql<SumRow>`select ${keys[query.group_by]} as key, ${sums} from app.ledger_entry where project_id = ${projectId}
    and (${query.job_id ?? null}::text is null or job_id = ${query.job_id ?? null})
    and (${query.since ?? null}::timestamptz is null or started_at >= ${query.since ?? null}::timestamptz)
    and (${query.until ?? null}::timestamptz is null or started_at < ${query.until ?? null}::timestamptz)
    group by 1 order by 1`.execute(tx)
  const totalRow =
    await sql<SumRow>`select 'total' as key, ${sums} from app.ledger_entry where project_id = ${projectId}
    and (${query.job_id ?? null}::text is null or job_id = ${query.job_id ?? null})
    and (${query.since ?? null}::timestamptz is null or started_at >= ${query.since ?? null}::timestamptz)
    and (${query.until ?? null}::timestamptz is null or started_at < ${query.until ?? null}::timestamptz) having count(*) > 0`.execute(
      tx,
    )
  const [total] = totalRow.rows
  return {
    object: 'usage' as const,
    group_by: query.group_by,
    rows: rows.map((row) => ({ key: row.key, usage: toUsage(row, currency) })),
    total: total ? toUsage(total, currency) : noUsage(currency),
  }
}
