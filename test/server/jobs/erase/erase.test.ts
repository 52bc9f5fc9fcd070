import { sql } from 'kysely'
import { routes } from '../../../../server/contract/routes'
import type { Lease } from '../../../../server/contract/workers'
import { addBlob } from '../../../../server/storage/sql/add-blob'
import { newId } from '../../../../server/storage/new-id'
import { emptyReport } from '../../../support/ingest-report'
import type { ScriptedWorker } from '../../../support/scripted-worker'
import { startServer, type TestServer } from '../../../support/server'
import { unique } from '../../../support/unique'

let server: TestServer
let worker: ScriptedWorker
beforeAll(async () => {
  server = await startServer()
  worker = await server.worker('erase')
}, 60_000)
afterAll(() => server.stop())

const upload = async (text = unique('row'), client = server.clients.write): Promise<{ id: string; sha256: string }> =>
  await client.call(routes.putFile, { query: { purpose: 'fine-tune', filename: 'a.jsonl' }, body: Buffer.from(text) })
const erase = (id: string) => server.clients.write.call(routes.eraseFile, { params: { id } })
const eraseDataset = (id: string) => server.clients.write.call(routes.eraseDataset, { params: { id } })
const getJob = (id: string) => server.clients.read.call(routes.getJob, { params: { id } })
const blobRow = (sha256: string) =>
  server.db.selectFrom('app.blob').selectAll().where('sha256', '=', sha256).executeTakeFirstOrThrow()
const ingestOf = (fileId: string) =>
  server.clients.write.call(routes.createJob, {
    body: {
      kind: 'ingest',
      input: { name: unique('data'), options: {}, source: { type: 'files', file_ids: [fileId] } },
    },
  })
const completeIngest = async (lease: Lease): Promise<{ sha256: string }> => {
  const train = await worker.upload(lease, 'train.jsonl', unique('train'))
  const rows = { train, train_rows: 2, validation: null, validation_rows: 0, report: emptyReport }
  await worker.complete(lease, { kind: 'ingest', ...rows })
  return train
}
const completeFineTune = async (lease: Lease): Promise<void> => {
  const artifacts = [await worker.upload(lease, 'adapter.gguf', unique('adapter'))]
  await worker.complete(lease, { kind: 'fine-tune', artifacts, metrics: {}, trained_tokens: 1 })
}
const resultOf = async (jobId: string, name: string): Promise<string> => (await getJob(jobId)).result?.[name] as string

test('erasing a file removes its bytes, ends the job that waits for it and is audited', async () => {
  const file = await upload()
  const job = await ingestOf(file.id)
  expect(await erase(file.id)).toMatchObject({ removed: [file.sha256], kept: [], ended_jobs: [job.id] })

  expect(await getJob(job.id)).toMatchObject({ status: 'failed', error: { code: 'input_erased' } })
  await expect(server.clients.read.call(routes.getFile, { params: { id: file.id } })).rejects.toMatchObject({
    code: 'file_not_found',
  })
  expect((await blobRow(file.sha256)).removed_at).not.toBeNull()
  const audit = await server.db.selectFrom('app.audit').selectAll().where('subject', '=', file.id).execute()
  expect(audit).toMatchObject([{ action: 'file.erased', details: { removed: [file.sha256] } }])
})

test('a running job that reads it ends at once, and its worker is refused', async () => {
  const file = await upload()
  const job = await ingestOf(file.id)
  const lease = await worker.take()
  expect(await erase(file.id)).toMatchObject({ ended_jobs: [job.id] })
  expect(await getJob(job.id)).toMatchObject({ status: 'failed', error: { code: 'input_erased' } })
  await expect(worker.heartbeat(lease)).rejects.toMatchObject({ code: 'lease_lost' })
  const attempts = await server.db.selectFrom('app.job_attempt').selectAll().where('job_id', '=', job.id).execute()
  expect(attempts).toMatchObject([{ outcome: 'cancelled', ended_at: expect.any(Date) as Date }])
})

test('bytes that something else has too stay, and the answer says what', async () => {
  const text = unique('twice')
  const stranger = await server.client(['write'], unique('proj'))
  const [one, two, strange] = [await upload(text), await upload(text), await upload(text, stranger)]
  const { sha256 } = one
  expect(await erase(one.id)).toMatchObject({ removed: [], kept: [{ sha256, named_by: [two.id], other_projects: 1 }] })
  expect(await erase(two.id)).toMatchObject({ removed: [], kept: [{ sha256, named_by: [], other_projects: 1 }] })
  expect(await stranger.call(routes.eraseFile, { params: { id: strange.id } })).toMatchObject({
    removed: [sha256],
    kept: [],
  })
})

test('another project can neither erase a file nor learn that it is there', async () => {
  const stranger = await server.client(['write'], unique('proj'))
  const file = await upload()
  await expect(stranger.call(routes.eraseFile, { params: { id: file.id } })).rejects.toMatchObject({
    code: 'file_not_found',
  })
})

test('a file that was deleted before can be erased, and erasing again changes nothing', async () => {
  const file = await upload()
  await server.clients.write.call(routes.deleteFile, { params: { id: file.id } })
  expect(await erase(file.id)).toMatchObject({ removed: [file.sha256] })
  const tombstone = await blobRow(file.sha256)
  expect(await erase(file.id)).toMatchObject({ removed: [file.sha256], ended_jobs: [] })
  expect(await blobRow(file.sha256)).toEqual(tombstone)
})

test('erased bytes that are uploaded again are there again', async () => {
  const text = unique('back')
  await erase((await upload(text)).id)
  const again = await upload(text)
  expect((await blobRow(again.sha256)).removed_at).toBeNull()
  const content = await server.clients.read.stream(routes.getFileContent, { params: { id: again.id } })
  expect(content).toBeDefined()
  expect(await erase(again.id)).toMatchObject({ removed: [again.sha256] })
})

test('an erasure waits for an upload of the same bytes that is naming them, and leaves them', async () => {
  const file = await upload()
  const { sha256 } = file
  const id = newId('file')
  const { erasing } = await server.db.transaction().execute(async (tx) => {
    await addBlob(tx, { sha256, bytes: 1 })
    const begun = erase(file.id)
    for (let waits = false; !waits; ) {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%app"."blob"%for update%'`.execute(
        server.db,
      )
      waits = rows.length > 0
    }
    const row = { id, project_id: 'proj_default', purpose: 'dataset' as const, filename: 'a', bytes: 1, sha256 }
    await tx.insertInto('app.file').values(row).execute()
    return { erasing: begun }
  })
  expect(await erasing).toMatchObject({ removed: [], kept: [{ sha256, named_by: [id] }] })
})

test('what was made of a file is listed: dataset versions, those made of them, and the models trained on these', async () => {
  const file = await upload()
  const first = await ingestOf(file.id)
  await completeIngest(await worker.take())
  const version = await resultOf(first.id, 'dataset_version_id')
  const second = await server.clients.write.call(routes.createJob, {
    body: { kind: 'ingest', input: { name: unique('b'), options: {}, source: { type: 'dataset', dataset: version } } },
  })
  await completeIngest(await worker.take())
  const derived = await resultOf(second.id, 'dataset_version_id')
  const tuned = await server.clients.write.call(routes.createJob, {
    body: {
      kind: 'fine-tune',
      input: { base_model: 'smollm2-135m-instruct', data: { type: 'dataset', dataset_version_id: derived } },
    },
  })
  await completeFineTune(await worker.take())
  const erased = await erase(file.id)
  expect(erased.derived_datasets.toSorted()).toEqual([version, derived].toSorted())
  expect(erased.models).toMatchObject([{ id: await resultOf(tuned.id, 'model_id'), deployments: [] }])
})

test('erasing a dataset removes all versions, the rows that came in the call, and the items of evaluations', async () => {
  const [name, word] = [unique('data'), unique('secret')]
  const made = await server.clients.write.call(
    routes.createJob,
    {
      body: { kind: 'ingest', input: { name, options: {}, source: { type: 'rows', rows: [{ prompt: word }] } } },
    },
    { idempotencyKey: name },
  )
  const train = await completeIngest(await worker.take())
  const version = await resultOf(made.id, 'dataset_version_id')
  await server.clients.write.call(routes.createEvaluation, {
    body: { model: 'smollm2-135m-instruct', dataset_version_id: version },
  })
  const lease = await worker.take()
  const items = await worker.upload(lease, 'items.jsonl', JSON.stringify({ prompt: word }))
  const side = { model: 'm', all: { loss: 1 }, by_language: {}, perplexity: 2 }
  await worker.complete(lease, {
    kind: 'evaluate',
    items,
    tokens: 1,
    result: { model: side, baseline: null, gate: { passed: true, checks: [] }, notes: [] },
  })

  const erased = await eraseDataset(name)
  expect(erased.removed.toSorted()).toEqual([train.sha256, items.sha256].toSorted())
  const row = await server.db.selectFrom('app.job').selectAll().where('id', '=', made.id).executeTakeFirstOrThrow()
  expect(JSON.stringify(row)).not.toContain(word)
  await expect(server.clients.read.call(routes.getDataset, { params: { id: name } })).rejects.toMatchObject({
    code: 'dataset_not_found',
  })
  expect(await eraseDataset(erased.id)).toMatchObject({ removed: erased.removed, ended_jobs: [] })
})
