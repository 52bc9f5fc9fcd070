import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { ForgeClient } from '../../../server/client/client'
import { routes } from '../../../server/contract/routes'
import { unique } from '../../support/unique'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
let client: ForgeClient
beforeAll(async () => {
  server = await startServer({ FORGE_UPLOAD_LIMIT_BYTES: '1000' })
  client = server.clients.write
}, 60_000)
afterAll(() => server.stop())

const form = (fields: Record<string, string>, content: string | Buffer | null): FormData => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  if (content !== null) data.append('file', new Blob([new Uint8Array(Buffer.from(content))]), 'rows.jsonl')
  return data
}
const bytes = Buffer.from([0, 255, 13, 10, 128])
const contentOf = async (id: string): Promise<Buffer> =>
  buffer(await client.stream(routes.getFileContent, { params: { id } }))

test("a file uploaded as a form comes back byte for byte, in OpenAI's shape", async () => {
  const file = await client.call(routes.createFile, { body: form({ purpose: 'fine-tune' }, bytes) })
  expect(file).toMatchObject({
    object: 'file',
    bytes: 5,
    filename: 'rows.jsonl',
    purpose: 'fine-tune',
    status: 'processed',
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })
  expect(await contentOf(file.id)).toEqual(bytes)
  expect(await client.call(routes.getFile, { params: { id: file.id } })).toEqual(file)
})

test('a file uploaded as a raw body comes back byte for byte, whatever type it says it has', async () => {
  for (const type of ['application/octet-stream', 'application/json', 'text/csv', 'text/plain']) {
    const file = await client.call(
      routes.putFile,
      { query: { purpose: 'dataset', filename: 'ü.csv' }, body: bytes },
      { headers: { 'content-type': type } },
    )
    expect(file.filename).toBe('ü.csv')
    expect(await contentOf(file.id)).toEqual(bytes)
  }
})

test('an empty file is refused', async () => {
  await expect(client.call(routes.createFile, { body: form({ purpose: 'dataset' }, '') })).rejects.toMatchObject({
    status: 422,
    code: 'file_empty',
  })
  await expect(
    client.call(routes.putFile, { query: { purpose: 'dataset', filename: 'a' }, body: Buffer.alloc(0) }),
  ).rejects.toMatchObject({ status: 422, code: 'file_empty' })
})

test('a file over the limit is refused', async () => {
  const large = Buffer.alloc(5000, 'x')
  await expect(client.call(routes.createFile, { body: form({ purpose: 'dataset' }, large) })).rejects.toMatchObject({
    status: 413,
    code: 'file_too_large',
    message: 'The upload is larger than 1000 bytes.',
  })
  await expect(
    client.call(routes.putFile, { query: { purpose: 'dataset', filename: 'a' }, body: large }),
  ).rejects.toMatchObject({ status: 413, code: 'file_too_large' })
})

test('a form without purpose, with a wrong one or without a file is refused by name', async () => {
  await expect(client.call(routes.createFile, { body: form({}, 'x') })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(/^purpose: /) as string,
  })
  await expect(client.call(routes.createFile, { body: form({ purpose: 'other' }, 'x') })).rejects.toMatchObject({
    message: expect.stringContaining('(got "other")') as string,
  })
  await expect(client.call(routes.createFile, { body: form({ purpose: 'dataset' }, null) })).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'file: the form has no file.',
  })
})

test('a body that is no form is refused', async () => {
  await expect(
    client.call(routes.createFile, { body: 'x' as never }, { headers: { 'content-type': 'text/plain' } }),
  ).rejects.toMatchObject({ status: 400, code: 'invalid_request' })
})

test('a deleted file is gone from lists and by id, and cannot be ingested', async () => {
  const file = await client.call(routes.putFile, { query: { purpose: 'evals', filename: 'a' }, body: bytes })
  expect((await client.call(routes.listFiles, { query: { purpose: 'evals' } })).data.map(({ id }) => id)).toEqual([
    file.id,
  ])
  expect(await client.call(routes.deleteFile, { params: { id: file.id } })).toEqual({
    id: file.id,
    object: 'file',
    deleted: true,
  })
  expect((await client.call(routes.listFiles, { query: { purpose: 'evals' } })).data).toEqual([])
  await expect(contentOf(file.id)).rejects.toMatchObject({ code: 'file_not_found' })
  await expect(
    client.call(routes.createDataset, {
      body: { name: 'gone', source: { type: 'files', file_ids: [file.id] }, options: {} },
    }),
  ).rejects.toMatchObject({ code: 'file_not_found' })
})

test('a file deleted while its ingest waited is still read; one that was erased before its lease fails the job', async () => {
  const worker = await server.worker('reader')
  const waiting = async () => {
    const file = await client.call(routes.putFile, {
      query: { purpose: 'dataset', filename: 'a' },
      body: Buffer.from(unique('row')),
    })
    const job = await client.call(routes.createDataset, {
      body: {
        name: unique('late'),
        source: { type: 'files', file_ids: [file.id] },
        options: {},
        job: { run_at: '2100-01-01T00:00:00Z' },
      },
    })
    await client.call(routes.deleteFile, { params: { id: file.id } })
    return { file, job }
  }
  const letRun = async (id: string): Promise<void> => {
    await server.db.updateTable('app.job').set({ run_at: null }).where('id', '=', id).execute()
    await server.dispatch()
  }
  const [deleted, erased] = [await waiting(), await waiting()]
  await letRun(deleted.job.id)
  const lease = await worker.take()
  expect(lease.blobs).toMatchObject([{ sha256: deleted.file.sha256 }])

  // as a job looks that was made in the moment of the erasure
  await server.db
    .updateTable('app.file')
    .set({ erased_at: new Date(), erased_by: 'test' })
    .where('id', '=', erased.file.id)
    .execute()
  await letRun(erased.job.id)
  expect(await worker.ask()).toBeNull()
  await server.reached(erased.job.id, 'failed')
  expect(await client.call(routes.getJob, { params: { id: erased.job.id } })).toMatchObject({
    status: 'failed',
    error: { code: 'input_erased' },
  })
})
