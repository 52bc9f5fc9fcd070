import { randomUUID } from 'node:crypto'
import { routes } from '../../../server/contract/routes'
import { startAirflowWorld, type AirflowWorld } from './world'

/* The provider in a real Airflow, against a real Forge: deferral, faults, the examples. */
jest.setTimeout(1_200_000)

let opened: AirflowWorld | undefined
const world = (): AirflowWorld => {
  if (!opened) throw new Error('Airflow did not start.')
  return opened
}

beforeAll(async () => {
  opened = await startAirflowWorld()
  const dags = ['wait', 'fails_once', 'bad_input', 'watched', 'forge_nightly_fine_tune', 'forge_generate_in_shards']
  await Promise.all([...dags, approving, retrain].map((dag) => world().rest.dag(dag)))
  await pause(retrain, true)
})
afterAll(() => opened?.stop())

const retrain = 'forge_retrain_on_new_data'
const approving = 'forge_approve_in_airflow'
const pause = (dag: string, is_paused: boolean) => world().rest.call('PATCH', `/api/v2/dags/${dag}`, { is_paused })
/** Makes a dataset of a few rows, and gives the id of its job. */
const ingest = async (): Promise<string> => {
  const rows = ['hello', 'bye', 'yes', 'no', 'thanks', 'welcome'].map((word) => ({
    prompt: `Say ${word}.`,
    completion: `${word}!`,
  }))
  const name = `rows-${randomUUID().slice(0, 8)}`
  const body = { name, source: { type: 'rows' as const, rows }, options: {} }
  return (await world().forge.client.call(routes.createDataset, { body })).id
}
/** Waits for the first run of a DAG that starts by itself, and gives its id. */
const firstRun = async (dag: string): Promise<string> => {
  for (const end = Date.now() + 240_000; Date.now() < end; await new Promise((r) => setTimeout(r, 1000))) {
    const { dag_runs: runs } = await world().rest.call<{ dag_runs: { dag_run_id: string }[] }>(
      'GET',
      `/api/v2/dags/${dag}/dagRuns`,
    )
    expect(runs.length).toBeLessThan(2)
    if (runs[0]) return runs[0].dag_run_id
  }
  throw new Error(`${dag} was not started.`)
}

/** Starts the DAG `wait` and waits until its task is deferred and the triggerer hears of its job. */
const deferred = async (seconds: number, options: { orphan_after_seconds?: number } = {}): Promise<string> => {
  const run = await world().rest.run('wait', { seconds, ...options })
  await world().rest.until('wait', run, 'wait', ['deferred'])
  // Airflow kills no trigger that it has not begun: who ends the task before loses the kill
  await world().rest.logged('wait', run, 'wait', 1, 'is running')
  return run
}
const statusOf = async (run: string): Promise<string[]> => (await world().jobsOf(run)).map(({ status }) => status)
const untilStatus = async (run: string, status: string, patience_ms: number): Promise<void> => {
  for (const end = Date.now() + patience_ms; Date.now() < end; await new Promise((r) => setTimeout(r, 1000))) {
    if ((await statusOf(run)).every((found) => found === status)) return
  }
  throw new Error(`The jobs are ${(await statusOf(run)).join(', ')}, not ${status}, after ${patience_ms} ms.`)
}
const markFailed = (run: string) =>
  world().rest.call('PATCH', `/api/v2/dags/wait/dagRuns/${encodeURIComponent(run)}/taskInstances/wait`, {
    new_state: 'failed',
  })

test('Airflow lists the provider, shows its form, and its connection test reaches Forge', async () => {
  const { providers } = await world().rest.call<{ providers: { package_name: string }[] }>(
    'GET',
    '/api/v2/providers?limit=200',
  )
  expect(providers.map((one) => one.package_name)).toContain('airflow-provider-forge')
  const forms = await world().rest.call<{ connection_type: string; extra_fields: object }[]>(
    'GET',
    '/ui/connections/hook_meta',
  )
  const form = forms.find((one) => one.connection_type === 'forge')
  expect(Object.keys(form?.extra_fields ?? {})).toEqual(['verify_tls', 'namespace', 'console_url'])
  const connection = { connection_id: 'try', conn_type: 'forge', host: world().forge.url }
  const test = (password: string) =>
    world().rest.call<{ status: boolean; message: string }>('POST', '/api/v2/connections/test', {
      ...connection,
      password,
    })
  expect(await test('chaos-admin-key-0123456789')).toMatchObject({ status: true })
  expect(await test('wrong')).toMatchObject({ status: false, message: expect.stringContaining('not_authenticated') })
})

test('a task defers, its link shows meanwhile, and it ends with what the job made', async () => {
  const run = await deferred(15)
  const path = `/api/v2/dags/wait/dagRuns/${encodeURIComponent(run)}/taskInstances/wait/links`
  const { extra_links: links } = await world().rest.call<{ extra_links: Record<string, string | null> }>('GET', path)
  const [job] = await world().jobsOf(run)
  expect(links['Forge job']).toBe(`${world().forge.url}/jobs/${job?.id}`)
  expect(await world().rest.ended('wait', run)).toBe('success')
  expect(await world().rest.xcom('wait', run, 'wait')).toMatchObject({ job_id: job?.id, slept_seconds: 15 })
  expect(await statusOf(run)).toEqual(['succeeded'])
  expect(job?.origin).toEqual({ system: 'airflow', url: expect.stringContaining(`/dags/wait/runs/`) })
})

test('a retry goes on with the job of the first try; a clear starts another', async () => {
  const run = await world().rest.run('fails_once')
  expect(await world().rest.ended('fails_once', run)).toBe('success')
  expect((await world().rest.task('fails_once', run, 'wait')).try_number).toBe(2)
  expect(await statusOf(run)).toEqual(['succeeded'])

  await world().rest.call('POST', '/api/v2/dags/fails_once/clearTaskInstances', {
    dry_run: false,
    dag_run_id: run,
    only_failed: false,
    task_ids: ['wait'],
  })
  await world().rest.until('fails_once', run, 'wait', ['deferred'])
  expect(await world().rest.ended('fails_once', run)).toBe('success')
  expect(await statusOf(run)).toEqual(['succeeded', 'succeeded'])
})

test('bad input fails at once, without retry, and the log says what to do', async () => {
  const run = await world().rest.run('bad_input')
  expect(await world().rest.ended('bad_input', run)).toBe('failed')
  expect((await world().rest.task('bad_input', run, 'wait')).try_number).toBe(1)
  expect(await statusOf(run)).toEqual([])
  const log = await world().rest.log('bad_input', run, 'wait', 1)
  expect(log).toContain('invalid_request')
  expect(log).toContain('What to do')
})

test('a task that is marked failed while it is deferred takes its job with it', async () => {
  const run = await deferred(600)
  await markFailed(run)
  await untilStatus(run, 'cancelled', 60_000)
})

test('a triggerer that is killed is followed by another, which goes on with the same job', async () => {
  const run = await deferred(30)
  await world().airflow.stopPart('triggerer', 'SIGKILL')
  world().airflow.startPart('triggerer')
  expect(await world().rest.ended('wait', run)).toBe('success')
  expect(await statusOf(run)).toEqual(['succeeded'])
})

test('a Forge that is killed while tasks are deferred is waited for', async () => {
  const run = await deferred(20)
  process.kill(world().forge.pid, 'SIGKILL')
  await world().restartForge()
  expect(await world().rest.ended('wait', run)).toBe('success')
  expect(await statusOf(run)).toEqual(['succeeded'])
})

test('a kill that Airflow loses since its triggerer is down is caught when the follower lapses', async () => {
  const run = await deferred(900, { orphan_after_seconds: 5 })
  await world().airflow.stopPart('triggerer', 'SIGKILL')
  await markFailed(run)
  // the lease of the follower, that of the bridge before it, then orphan_after_seconds
  await untilStatus(run, 'cancelled', 300_000)
  const [job] = await world().jobsOf(run)
  expect(job?.status_reason).toBe('orphaned')
  world().airflow.startPart('triggerer')
})

/** Starts the example in which a person approves. */
const startApproving = (deployment: string): Promise<string> => world().rest.run(approving, { deployment })
/** Waits until a run of it asks, and answers. */
const answer = async (run: string, deployment: string, option: 'Approve' | 'Reject', reason: string): Promise<void> => {
  await world().rest.until(approving, run, 'approve', ['awaiting_input'])
  expect((await world().rest.task(approving, run, 'deploy')).state).toBe('deferred')
  expect(await statusOf(run)).toEqual(['awaiting_approval'])
  const instance = `/api/v2/dags/${approving}/dagRuns/${encodeURIComponent(run)}/taskInstances/approve/-1`
  const asked = await world().rest.call<{ subject: string; body: string }>('GET', `${instance}/hitlDetails`)
  expect(asked.subject).toBe(`Deploy smollm2-135m-instruct as ${deployment}?`)
  expect(asked.body).toContain((await world().jobsOf(run))[0]?.id)
  // nobody answers at once; Airflow 3.3 may take the end of the task's worker, told late, for that of the answered task
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  await world().rest.call('PATCH', `${instance}/hitlDetails`, { chosen_options: [option], params_input: { reason } })
}
const approvalOf = async (run: string) => {
  const [job] = await world().jobsOf(run)
  const { data } = await world().forge.client.call(routes.listApprovals, { query: { job_id: job?.id ?? '' } })
  expect(data).toHaveLength(1)
  return data[0]
}

test('a person approves in Airflow, and the deployment that waits at Forge goes on until it serves', async () => {
  const { client } = world().forge
  // the job comes to ask only after a while: the question is waited for without a worker
  await client.call(routes.pauseQueue, { params: { class: 'light' } })
  const run = await startApproving('approved-writer')
  await world().rest.until(approving, run, 'approve', ['deferred'])
  await client.call(routes.resumeQueue, { params: { class: 'light' } })
  await answer(run, 'approved-writer', 'Approve', 'Reads well.')
  expect(await world().rest.ended(approving, run)).toBe('success')
  expect(await statusOf(run)).toEqual(['succeeded'])
  expect(await approvalOf(run)).toMatchObject({ status: 'approved', reason: 'admin in Airflow: Reads well.' })
  const deployment = await client.call(routes.getDeployment, { params: { id: 'approved-writer' } })
  expect(deployment).toMatchObject({ status: 'ready', model: 'smollm2-135m-instruct' })
})

test('a person rejects in Airflow: the deploy task fails at once, without retry, and shows the reason', async () => {
  const run = await startApproving('rejected-writer')
  await answer(run, 'rejected-writer', 'Reject', 'Too few texts in French.')
  expect(await world().rest.ended(approving, run)).toBe('failed')
  const deployed = await world().rest.task(approving, run, 'deploy')
  expect([deployed.state, deployed.try_number]).toEqual(['failed', 1])
  expect((await world().rest.task(approving, run, 'approve')).state).toBe('success')
  const log = await world().rest.log(approving, run, 'deploy', 1)
  expect(log).toContain('approval_rejected')
  expect(log).toContain('admin in Airflow: Too few texts in French.')
  expect(await statusOf(run)).toEqual(['cancelled'])
  expect(await approvalOf(run)).toMatchObject({ status: 'rejected' })
  const known = await world().forge.client.call(routes.listDeployments, {})
  expect(known.data.map(({ name }) => name)).not.toContain('rejected-writer')
})

test('an event of Forge starts a run through an asset watcher, once', async () => {
  const job = await ingest()
  const run = await firstRun('watched')
  expect(await world().rest.ended('watched', run)).toBe('success')
  expect(await world().rest.xcom('watched', run, 'seen')).toBe(job)
})

test('the nightly example ingests, tunes, judges and deploys', async () => {
  const run = await world().rest.run('forge_nightly_fine_tune', { max_rows: 24, max_items: 1 })
  expect(await world().rest.ended('forge_nightly_fine_tune', run, 900_000)).toBe('success')
  const evaluated = await world().rest.task('forge_nightly_fine_tune', run, 'evaluate')
  const deployed = await world().rest.task('forge_nightly_fine_tune', run, 'deploy')
  // so few rows may or may not pass the gate; both ends are right, and each is the other's
  expect(['success', 'skipped']).toContain(evaluated.state)
  expect(deployed.state).toBe(evaluated.state)
  const tuned = await world().rest.xcom<{ model_id: string }>('forge_nightly_fine_tune', run, 'fine_tune')
  expect(tuned.model_id).toMatch(/^model_/)
})

test('the example with shards makes a job per shard and gathers the texts in their order', async () => {
  const run = await world().rest.run('forge_generate_in_shards')
  expect(await world().rest.ended('forge_generate_in_shards', run, 600_000)).toBe('success')
  expect(await world().rest.xcom('forge_generate_in_shards', run, 'count')).toBe(6)
  expect(await statusOf(run)).toEqual(['succeeded', 'succeeded', 'succeeded'])
})

test('the example that watches for data tunes a model on the version that came', async () => {
  await pause(retrain, false)
  // the watcher begins to listen when its DAG is on
  await new Promise((resolve) => setTimeout(resolve, 20_000))
  const job = await ingest()
  const run = await firstRun(retrain)
  expect(await world().rest.ended(retrain, run, 600_000)).toBe('success')
  const ended = await world().forge.client.call(routes.getJob, { params: { id: job } })
  const [tuned] = await world().jobsOf(run)
  expect(tuned?.input['data']).toMatchObject({ dataset_version_id: ended.result?.['dataset_version_id'] })
})
