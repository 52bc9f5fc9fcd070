import { routes } from '../../../server/contract/routes'
import type { Job } from '../../../server/contract/jobs'
import type { Lease } from '../../../server/contract/workers'
import { emptyReport } from '../../support/ingest-report'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'

let server: TestServer
let worker: ScriptedWorker
beforeAll(async () => {
  server = await startServer()
  worker = await server.worker('append')
}, 60_000)
afterAll(() => server.stop())

const ask = (name: string, append = true): Promise<Job> =>
  server.clients.write.call(routes.createDataset, {
    body: { name, append, source: { type: 'rows', rows: [{ prompt: 'p', completion: 'c' }] }, options: {} },
  })
const complete = async (lease: Lease): ReturnType<ScriptedWorker['complete']> =>
  await worker.complete(lease, {
    kind: 'ingest',
    train: await worker.upload(lease, 'train.jsonl', unique('train')),
    train_rows: 2,
    validation: await worker.upload(lease, 'validation.jsonl', unique('validation')),
    validation_rows: 1,
    report: { ...emptyReport, appended_to: lease.append_to },
  })
const versionsOf = async (name: string) =>
  (await server.clients.read.call(routes.listDatasetVersions, { params: { id: name }, query: {} })).data

test('an append is given the rows of the newest version, and its version names it as its parent', async () => {
  const name = unique('data')
  await ask(name)
  const first = await worker.take()
  expect(first).toMatchObject({ append_to: null, blobs: [] })
  await complete(first)
  await ask(name)
  const second = await worker.take()
  await complete(second)

  const [newest, oldest] = await versionsOf(name)
  expect(second.append_to).toEqual({ dataset_version_id: oldest?.id, version: 1 })
  expect(second.blobs.map(({ name: blob, sha256 }) => [blob, sha256])).toEqual([
    ['appended_train', oldest?.sha256],
    ['appended_validation', oldest?.validation_sha256],
  ])
  expect(newest).toMatchObject({ version: 2, parent_version_id: oldest?.id })
  expect(oldest).toMatchObject({ version: 1, parent_version_id: null })
})

test('two appends asked for together run one after the other, and the second begins with what the first made', async () => {
  const name = unique('data')
  await ask(name)
  await ask(name)
  const first = await worker.take()
  expect(await worker.ask()).toBeNull()
  await complete(first)
  const second = await worker.take()

  expect(second.append_to).toMatchObject({ version: 1 })
  await complete(second)
})

test('an append that another version overtook ends with an error, and its retry begins with that version', async () => {
  const name = unique('data')
  await ask(name)
  const first = await worker.take()
  await ask(name, false)
  await complete(await worker.take())
  await expect(complete(first)).rejects.toMatchObject({ code: 'dataset_changed' })
  await worker.fail(first, 'dataset_changed')
  await server.clients.write.call(routes.retryJob, { params: { id: first.job_id } })
  const again = await worker.take()

  expect(again.append_to).toMatchObject({ version: 1 })
  await complete(again)
})

test('erasing a file names the versions that were appended to what was made of it', async () => {
  const name = unique('data')
  const file = await server.clients.write.call(routes.putFile, {
    query: { purpose: 'dataset', filename: 'a.jsonl' },
    body: Buffer.from(unique('row')),
  })
  await server.clients.write.call(routes.createDataset, {
    body: { name, source: { type: 'files', file_ids: [file.id] }, options: {} },
  })
  await complete(await worker.take())
  await ask(name)
  await complete(await worker.take())
  const erased = await server.clients.write.call(routes.eraseFile, { params: { id: file.id } })

  const ids = (await versionsOf(name)).map(({ id }) => id)
  expect([...erased.derived_datasets].sort()).toEqual(ids.sort())
})
