import { routes } from '../../../server/contract/routes'
import { emptyReport } from '../../support/ingest-report'
import { startServer, type TestServer } from '../../support/server'
import { runForge } from '../../support/shell'
import { unique } from '../../support/unique'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())
const forge = async (...args: string[]): Promise<string> => {
  const { out, err } = await runForge({ url: server.url, apiKey: server.adminKey }, args)
  return out + err
}
const upload = (text: string) =>
  server.clients.write.call(routes.putFile, {
    query: { purpose: 'dataset', filename: 'a.jsonl' },
    body: Buffer.from(text),
  })

test('erasing a file says who else has its bytes, and erasing the last one that they are gone', async () => {
  const text = unique('row')
  const [one, two] = [await upload(text), await upload(text)]
  const first = await forge('files', 'erase', one.id)
  expect(first).toContain(`${one.id} erased: 0 blobs removed`)
  expect(first).toContain(`stays: the same bytes are in ${two.id}`)
  expect(await forge('files', 'erase', two.id)).toContain(`${two.id} erased: 1 blobs removed`)
})

test('erasing a dataset names the jobs that it ended', async () => {
  const [name, worker] = [unique('data'), await server.worker('cli')]
  const { write } = server.clients
  await write.call(routes.createDataset, {
    body: { name, source: { type: 'files', file_ids: [(await upload(unique('row'))).id] }, options: {} },
  })
  const lease = await worker.take()
  const train = await worker.upload(lease, 'train.jsonl', unique('train'))
  const rows = { train, train_rows: 2, validation: null, validation_rows: 0, report: emptyReport }
  await worker.complete(lease, { kind: 'ingest', ...rows })
  const reader = await write.call(routes.createDataset, {
    body: { name: unique('copy'), source: { type: 'dataset', dataset: name }, options: {} },
  })
  const out = await forge('datasets', 'erase', name)
  expect(out).toContain('1 blobs removed')
  expect(out).toContain(`jobs ended: ${reader.id}`)
})
