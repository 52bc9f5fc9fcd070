import type { Job, ResourceRequest } from '../../../server/contract/jobs'
import type { GivenBody } from '../../../server/contract/route'
import { routes } from '../../../server/contract/routes'
import { fits, placeOf, type Offer } from '../../../server/jobs/placement'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'

const none = { cpus: 1, memory_bytes: 0, gpus: 0, gpu_memory_bytes: 0, labels: {} }

describe('where a job runs', () => {
  const laptop: Offer = { classes: ['light', 'cpu'], resources: { ...none, cpus: 8 } }
  const station: Offer = {
    classes: ['light', 'cpu', 'gpu-1', 'gpu-n'],
    resources: { ...none, cpus: 8, gpus: 2, gpu_memory_bytes: 24, labels: { site: 'b' } },
  }
  const auto = (change: Partial<Offer['resources']> = {}) => ({
    class: 'cpu' as const,
    auto_gpu: true,
    resources: { ...none, ...change },
  })

  test.each([
    ['auto, and a worker has a GPU', auto(), [laptop, station], { class: 'gpu-1', gpus: 1 }],
    ['auto, and no worker has a GPU', auto(), [laptop], { class: 'cpu', gpus: 0 }],
    ['auto, and the GPU is too small', auto({ gpu_memory_bytes: 80 }), [laptop, station], { class: 'cpu', gpus: 0 }],
    ['auto, with a label that only the GPU has', auto({ labels: { site: 'b' } }), [laptop, station], { gpus: 1 }],
  ])('%s', (_case, shape, offers, place) => {
    const { class: name, resources } = placeOf(shape, offers) ?? {}
    expect({ class: name, gpus: resources?.gpus }).toMatchObject(place)
  })

  test('nowhere, when no worker fits', () => {
    expect(placeOf(auto({ cpus: 9 }), [laptop, station])).toBeNull()
    expect(placeOf({ ...auto({ gpus: 3 }), class: 'gpu-n', auto_gpu: false }, [laptop, station])).toBeNull()
  })

  test('GPU memory does not count for a job without GPUs', () => {
    expect(fits({ ...none, gpu_memory_bytes: 80 }, laptop.resources)).toBe(true)
  })
})

describe('with workers', () => {
  let server: TestServer
  let file: string
  let laptop: ScriptedWorker
  beforeAll(async () => {
    server = await startServer()
    const query = { purpose: 'fine-tune' as const, filename: 'rows.jsonl' }
    file = (await server.clients.write.call(routes.putFile, { query, body: Buffer.from('{}\n') })).id
    laptop = await server.worker('laptop')
  }, 60_000)
  afterAll(() => server.stop())

  const gpus = 2
  const gpuWorker = (): Promise<ScriptedWorker> =>
    server.worker('station', {
      resources: { gpus, gpu_memory_bytes: 24 * 1024 ** 3 },
      classes: ['gpu-n', 'gpu-1'],
    })
  const create = (body: GivenBody<typeof routes.createJob>): Promise<Job> =>
    server.clients.write.call(routes.createJob, { body })
  const fineTune = (resources?: Partial<ResourceRequest>): Promise<Job> =>
    create({
      kind: 'fine-tune',
      input: { base_model: 'smollm2-135m-instruct', data: { type: 'files', training_file: file } },
      job: resources ? { resources } : {},
    })
  const get = (id: string): Promise<Job> => server.clients.read.call(routes.getJob, { params: { id } })

  test('a fine-tune that waits as a CPU job moves to a GPU as soon as a worker brings one', async () => {
    const early = await fineTune()
    await server.dispatch()
    expect(await get(early.id)).toMatchObject({ class: 'cpu', resources: { gpus: 0 } })
    const station = await gpuWorker()
    await server.dispatch()

    expect(await laptop.ask()).toBeNull()
    const lease = await station.take()
    expect(lease).toMatchObject({ job_id: early.id, resources: { gpus: 1 } })
    expect(await get(early.id)).toMatchObject({ class: 'gpu-1', resources: { gpus: 1 } })
    const events = await server.clients.read.call(routes.listJobEvents, { params: { id: early.id } })
    expect(events.data.at(-1)).toMatchObject({ name: 'job.running', data: { class: 'gpu-1', gpus: 1 } })
    await station.fail(lease, 'invalid_request')
  })

  test('two jobs never share a GPU: what the worker calls free is not believed', async () => {
    const station = await gpuWorker()
    const jobs = [await fineTune({ gpus: 1 }), await fineTune({ gpus: 1 }), await fineTune({ gpus: 1 })]
    const [first, second] = [await station.take(), await station.take()]
    await server.dispatch()
    expect(await station.ask()).toBeNull()
    const third = await get(jobs.find(({ id }) => id !== first.job_id && id !== second.job_id)!.id)
    expect(third).toMatchObject({ status: 'queued', status_reason: 'waits_for_room' })

    await station.fail(first, 'invalid_request')
    const last = await station.take()
    expect(last.job_id).toBe(third.id)
    for (const lease of [second, last]) await station.fail(lease, 'invalid_request')
  })

  test('a job for both GPUs waits until both are free', async () => {
    const station = await gpuWorker()
    await fineTune({ gpus: 1 })
    const small = await station.take()
    const large = await fineTune({ gpus: 2 })
    await server.dispatch()
    expect(await station.ask()).toBeNull()
    await station.fail(small, 'invalid_request')

    const lease = await station.take()
    expect(lease).toMatchObject({ job_id: large.id, resources: { gpus: 2 } })
    expect(await get(large.id)).toMatchObject({ class: 'gpu-n' })
    await station.fail(lease, 'invalid_request')
  })

  test('more GPUs than any worker has fit nobody; none at all stay on the CPU', async () => {
    await gpuWorker()
    const [greedy, modest] = [await fineTune({ gpus: 3 }), await fineTune({ gpus: 0 })]
    const lease = await laptop.take()
    expect(lease).toMatchObject({ job_id: modest.id, resources: { gpus: 0 } })
    expect(await get(greedy.id)).toMatchObject({ status: 'queued', status_reason: 'no_worker_fits' })
    await laptop.fail(lease, 'invalid_request')
    await server.clients.write.call(routes.cancelJob, { params: { id: greedy.id } })
  })

  test('a job that was placed on a GPU is placed anew when it is retried', async () => {
    const station = await gpuWorker()
    const { id } = await fineTune({ gpus: 'auto' })
    await station.fail(await station.take(), 'invalid_request')
    const again = await server.clients.write.call(routes.retryJob, { params: { id } })
    const row = await server.db.selectFrom('app.job').select('auto_gpu').where('id', '=', again.id).executeTakeFirst()
    expect(row).toEqual({ auto_gpu: true })
    await station.fail(await station.take(), 'invalid_request')
  })

  test('a GPU for a step that cannot use one is refused', async () => {
    const job = { resources: { gpus: 1 } }
    const refused = (words: string) => ({
      code: 'invalid_request',
      message: expect.stringContaining(words) as string,
    })
    const source = { type: 'files' as const, file_ids: [file] }
    const options = { format: 'openai-chat' as const }

    await expect(create({ kind: 'sleep', input: { seconds: 1 }, job })).rejects.toMatchObject(refused('mostly waits'))
    await expect(create({ kind: 'ingest', input: { name: 'rows', source, options }, job })).rejects.toMatchObject(
      refused('cannot use a GPU (got 1)'),
    )
  })

  test('jobs that fit nobody hide none behind them, however many they are', async () => {
    const unfit: string[] = []
    for (let batch = 0; batch < 10; batch += 1) {
      const made = Array.from({ length: 30 }, () =>
        create({ kind: 'sleep', input: { seconds: 1 }, job: { priority: 1, run_at: '2100-01-01T00:00:00Z' } }),
      )
      unfit.push(...(await Promise.all(made)).map(({ id }) => id))
    }
    const resources = JSON.stringify({ ...none, cpus: 1000 })
    await server.db.updateTable('app.job').set({ run_at: null, resources }).where('id', 'in', unfit).execute()
    const small = await create({ kind: 'sleep', input: { seconds: 1 } })
    await server.dispatch()

    const lease = await laptop.take()
    expect(lease.job_id).toBe(small.id)
    await laptop.complete(lease)
    const told = await server.db
      .selectFrom('app.job')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('id', 'in', unfit)
      .where('status_reason', '=', 'no_worker_fits')
      .executeTakeFirstOrThrow()
    expect(told.count).toBe(300)
  })
})
