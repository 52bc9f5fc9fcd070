import { sql } from 'kysely'
import type { Tx } from '../storage/database'

export interface PowerPoint {
  at: Date
  watts: number
}

/** As many points as a chart shows. */
const mostPoints = 300

/**
 * The mean power of a job over time, all its meters together, in even intervals. Intervals that nobody metered are left out:
 * what is only estimated is no measurement of power.
 */
export const powerOf = async (tx: Tx, jobId: string): Promise<PowerPoint[]> => {
  const { rows } = await sql<PowerPoint>`with sample as (
      select s.* from app.ledger_entry e join app.energy_sample s on s.owner = e.owner
      where e.job_id = ${jobId} and s.method <> 'estimated'
    ), width as (
      select greatest(1, ceil(extract(epoch from max(ended_at) - min(started_at)) / ${mostPoints})) as seconds from sample
    ), by_meter as (
      select floor(extract(epoch from started_at) / width.seconds) * width.seconds as at,
        sum(joules) / greatest(sum(extract(epoch from ended_at - started_at)), 0.001) as watts
      from sample, width group by 1, meter
    )
    select to_timestamp(at) as at, sum(watts)::float8 as watts from by_meter group by by_meter.at order by by_meter.at`.execute(
    tx,
  )
  return rows
}
