/** Part B: from the end of a job to the start of the next node of the execution that was parked for it. */
import { after, node, publish, read, runOf, waitFor } from './executions.mts'
import { load, percentile, printTable, rounded } from '../bench/figures.mts'
import { routes } from '../bench/forge.mts'
import type { World } from './world.mts'

const startsAtOnce = 8

/** Parks executions while the queue of their jobs is paused, lets the jobs run and looks at each. */
export const measureResume = async (
  world: World,
  parked: number,
): Promise<{ parked: number; succeeded: number; delays_ms: number[]; load: number }> => {
  const { client } = world.forge
  const rows = node('Rows', 'n8n-nodes-base.code', 2, {
    jsCode: 'return [{ json: { prompt: "Describe a board.", completion: "It is made of oak and lasts." } }]',
  })
  const ingest = node(
    'Ingest',
    'n8n-nodes-forge.forgeIngest',
    1,
    { operation: 'fromItems', dataset_name: 'bench-resume', rows: 'items', format: 'prompt-completion' },
    { credentials: { forgeApi: world.credentials.forgeApi } },
  )
  const { id, start } = await publish(world, 'resume', [rows, ingest, after])
  await client.call(routes.pauseQueue, { params: { class: 'cpu' } })
  for (let begun = 0; begun < parked; begun += startsAtOnce) {
    await Promise.all(Array.from({ length: Math.min(startsAtOnce, parked - begun) }, () => start({})))
  }
  await waitFor(world, id, parked, { parked: true, limitMs: 600_000 })
  await client.call(routes.resumeQueue, { params: { class: 'cpu' } })
  const ids = await waitFor(world, id, parked, { limitMs: 1_200_000 })
  const delays: number[] = []
  for (const executionId of ids) {
    const execution = await read(world, executionId)
    const { data: jobs } = await client.call(routes.listJobs, { query: { metadata: `n8n_execution=${executionId}` } })
    const endedAt = jobs[0]?.ended_at
    if (execution.status !== 'success' || typeof endedAt !== 'string') continue
    delays.push(runOf(execution, 'After').startTime - Date.parse(endedAt))
  }
  const result = { parked, succeeded: delays.length, delays_ms: delays, load: load() }
  printTable('Job end to the next node of the execution', [
    {
      parked,
      succeeded: delays.length,
      p50_ms: rounded(percentile(delays, 0.5), 0),
      p95_ms: rounded(percentile(delays, 0.95), 0),
      most_ms: rounded(Math.max(...delays), 0),
      load: result.load,
    },
  ])
  return result
}
