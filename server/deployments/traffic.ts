import { sql } from 'kysely'
import { durationBounds_s, type Traffic } from '../contract/traffic'
import type { Db, Tx } from '../storage/database'

/** What a deployment answered in an interval. */
export interface AnsweredCalls {
  deploymentId: string
  promptTokens: number
  completionTokens: number
  requests: number
  busySeconds: number
  /** calls by class of duration: one more than `durationBounds_s` has bounds */
  durations: readonly number[]
  startedAt: Date
}

const keptDays = 31

/** Adds calls to the minutes that they began in. */
export const recordTraffic = async (tx: Tx, calls: readonly AnsweredCalls[]): Promise<void> => {
  for (const { deploymentId, promptTokens, completionTokens, requests, busySeconds, durations, startedAt } of calls)
    await sql`insert into app.deployment_traffic as t
        (deployment_id, minute, requests, prompt_tokens, completion_tokens, busy_seconds, durations)
      values (${deploymentId}, date_trunc('minute', ${startedAt}::timestamptz), ${requests}, ${promptTokens},
        ${completionTokens}, ${busySeconds}, ${[...durations]}::int[])
      on conflict (deployment_id, minute) do update set
        requests = t.requests + excluded.requests,
        prompt_tokens = t.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = t.completion_tokens + excluded.completion_tokens,
        busy_seconds = t.busy_seconds + excluded.busy_seconds,
        durations = (select array_agg(known + added order by place)
          from unnest(t.durations, excluded.durations) with ordinality as counts (known, added, place))`.execute(tx)
}

/** Deletes what is older than a month. */
export const forgetTraffic = async (db: Db): Promise<void> => {
  await sql`delete from app.deployment_traffic where minute < clock_timestamp() - make_interval(days => ${keptDays})`.execute(
    db,
  )
}

interface Row {
  minute: Date
  requests: number
  prompt_tokens: string
  completion_tokens: string
  busy_seconds: number
  durations: number[]
}

/** What a deployment answered in the last minutes. */
export const trafficOf = async (db: Tx, deploymentId: string, minutes: number): Promise<Traffic> => {
  const { rows } = await sql<Row>`select minute, requests, prompt_tokens, completion_tokens, busy_seconds, durations
    from app.deployment_traffic where deployment_id = ${deploymentId}
      and minute > clock_timestamp() - make_interval(mins => ${minutes}) order by minute`.execute(db)
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0)
  const durations = [...durationBounds_s, Infinity].map((_bound, at) => sum((row) => row.durations[at] ?? 0))
  const requests = sum((row) => row.requests)
  const busy = sum((row) => row.busy_seconds)
  const completion = sum((row) => Number(row.completion_tokens))
  return {
    object: 'traffic',
    deployment_id: deploymentId,
    minutes,
    requests,
    prompt_tokens: sum((row) => Number(row.prompt_tokens)),
    completion_tokens: completion,
    tokens_per_second: busy === 0 ? null : completion / busy,
    duration_seconds: requests === 0 ? null : { p50: quantile(durations, 0.5), p95: quantile(durations, 0.95) },
    rows: rows.map((row) => ({
      minute: row.minute.toISOString(),
      requests: row.requests,
      completion_tokens: Number(row.completion_tokens),
    })),
  }
}

/**
 * The duration that this share of the calls does not exceed, evenly spread within its class, as Prometheus'
 * `histogram_quantile` takes it; above the last bound that bound.
 */
export const quantile = (durations: readonly number[], share: number): number => {
  const wanted = durations.reduce((sum, count) => sum + count, 0) * share
  let before = 0
  for (const [at, count] of durations.entries()) {
    const upper = durationBounds_s[at]
    if (upper === undefined) break
    if (count > 0 && before + count >= wanted) {
      const lower = durationBounds_s[at - 1] ?? 0
      return lower + ((upper - lower) * (wanted - before)) / count
    }
    before += count
  }
  return durationBounds_s.at(-1) ?? 0
}
