/** Fills the job table of a running `forge start` with jobs that have ended, spread over a year, kinds, states and origins. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const { Client } = require('pg') as typeof import('pg')

// ids sort by time, as real ones do; a group of n8n executions has a hundred jobs each
const insert = `insert into app.job (id, project_id, kind, class, status, priority, input, resources, result, error, metadata,
    origin, attempt, max_attempts, created_at, started_at, ended_at)
  select 'job_' || lpad(to_hex(n), 26, '0'), 'proj_default',
    (array['ingest', 'fine-tune', 'evaluate', 'deploy', 'generate'])[1 + n % 5], 'cpu',
    case when n % 10 = 9 then 'failed' when n % 20 = 10 then 'cancelled' else 'succeeded' end, 5,
    '{"model": "smollm2-135m-instruct"}',
    '{"cpus": 1, "memory_bytes": 1000000000, "gpus": 0, "gpu_memory_bytes": 0, "labels": {}}',
    case when n % 10 = 9 then null else '{"rows": 400}'::jsonb end,
    case when n % 10 = 9 then '{"code": "engine_failed", "message": "The engine ended.", "hint": "See its log.", "retryable": false}'::jsonb end,
    jsonb_build_object('n8n_execution', (n / 100)::text), '{"system": "n8n", "url": null}', 1, 3, at, at, at + interval '90 seconds'
  from generate_series($1::int, $2::int) n,
    lateral (select clock_timestamp() - interval '365 days' * (1 - n::float8 / 1000000)) made (at)`
const together = 50_000

/** Writes jobs until there are `count`. Gives the id of the middle one. */
export const seedJobs = async (dataDir: string, count: number): Promise<string> => {
  const { port, password } = JSON.parse(readFileSync(join(dataDir, 'postgres-access.json'), 'utf8')) as {
    port: number
    password: string
  }
  const client = new Client({ connectionString: `postgresql://forge:${password}@127.0.0.1:${port}/forge` })
  await client.connect()
  try {
    const { rows } = await client.query<{ there: number }>('select count(*)::int as there from app.job')
    for (let first = (rows[0]?.there ?? 0) + 1; first <= count; first += together)
      await client.query(insert, [first, Math.min(first + together - 1, count)])
    await client.query('vacuum analyze app.job')
    const middle = await client.query<{ id: string }>(`select id from app.job order by id offset $1 limit 1`, [
      Math.floor(count / 2),
    ])
    return middle.rows[0]?.id ?? ''
  } finally {
    await client.end()
  }
}
