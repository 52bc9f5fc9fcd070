import { routes } from '../../../server/contract/routes'
import { startAirflowWorld, type AirflowWorld } from './world'

/* Fifty deferred tasks, an Airflow that runs two at once, and what Forge sees of them. */
jest.setTimeout(2_400_000)

const tasks = 50
let opened: AirflowWorld | undefined
const world = (): AirflowWorld => {
  if (!opened) throw new Error('Airflow did not start.')
  return opened
}

beforeAll(async () => {
  opened = await startAirflowWorld()
  await world().rest.dag('many')
})
afterAll(() => opened?.stop())

interface Instance {
  map_index: number
  state: string | null
  end_date: string | null
}
const instancesOf = async (run: string): Promise<Instance[]> => {
  const path = `/api/v2/dags/many/dagRuns/${encodeURIComponent(run)}/taskInstances?limit=100`
  const { task_instances: found } = await world().rest.call<{ task_instances: Instance[] }>('GET', path)
  return found
}
const share = (sorted: readonly number[], part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? NaN

test('fifty deferred tasks are one stream at Forge, hold no worker slot, and all finish', async () => {
  const { client } = world().forge
  // no job begins before all tasks wait
  await client.call(routes.pauseQueue, { params: { class: 'light' } })
  const run = await world().rest.run('many')
  const deferred = async () => (await instancesOf(run)).filter(({ state }) => state === 'deferred').length
  for (const end = Date.now() + 1_500_000; (await deferred()) < tasks && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 2000))
  }
  expect(await deferred()).toBe(tasks)
  const { counts, openStreams } = world().proxy
  const streams = 'GET /v1/followers/*/events'
  const before = new Map(counts)
  const since = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 60_000))
  const asked = [...counts].map(([route, count]) => [route, count - (before.get(route) ?? 0)] as const)
  const perMinute = (asked.reduce((sum, [, count]) => sum + count, 0) * 60_000) / (Date.now() - since)
  // one for the tasks, two for the DAGs that start on events
  expect(openStreams()).toBe(3)
  expect(counts.get(streams)).toBe(1)

  await client.call(routes.resumeQueue, { params: { class: 'light' } })
  expect(await world().rest.ended('many', run, 1_500_000)).toBe('success')
  const jobs = await world().jobsOf(run)
  expect(jobs.map(({ status }) => status)).toEqual(Array.from({ length: tasks }, () => 'succeeded'))
  const ends = new Map((await instancesOf(run)).map((one) => [one.map_index, Date.parse(one.end_date ?? '')]))
  const seconds = jobs
    .map(
      (job) => ((ends.get(Number(job.metadata['airflow_map_index'])) ?? NaN) - Date.parse(job.ended_at ?? '')) / 1000,
    )
    .sort((a, b) => a - b)
  console.log(
    `${tasks} deferred tasks: ${counts.get(streams)} stream, ${perMinute.toFixed(1)} requests per minute while they wait; ` +
      `from the end of a job to the end of its task p50 ${share(seconds, 0.5)} s, p95 ${share(seconds, 0.95)} s`,
  )
})
