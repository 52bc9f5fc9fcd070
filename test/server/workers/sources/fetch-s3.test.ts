import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllowList } from '../../../../server/outgoing/address-check'
import { createFetchSource } from '../../../../server/workers/sources/fetch-source'
import { startHttp } from './local-http'

const body = '{"prompt":"a","completion":"b"}\n'
let store: Awaited<ReturnType<typeof startHttp>>
let folder: string

/** GetObject of one bucket: signed requests only. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-s3-'))
  store = await startHttp((request, response) => {
    const fail = (status: number, code: string): void =>
      void response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`)
    const path = (request.url ?? '').split('?')[0]
    const calls = store.requests.filter(({ url }) => url === request.url).length
    if (!/^AWS4-HMAC-SHA256 Credential=AKEXAMPLE\//.test(request.headers.authorization ?? '')) fail(403, 'AccessDenied')
    else if (path === '/shop/rows.jsonl') response.end(body)
    else if (path === '/shop/shaky.jsonl' && calls < 2) fail(503, 'SlowDown')
    else if (path === '/shop/shaky.jsonl') response.end(body)
    else fail(404, 'NoSuchKey')
  })
})
afterAll(async () => {
  await store.stop()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  store.requests.length = 0
})

const fetchS3 = (uri: string, { allow = '127.0.0.1', limitBytes = 1000 } = {}) =>
  createFetchSource({ allow: parseAllowList(allow), limitBytes, firstPause_ms: 1 })(
    { type: 's3', uri, connection: 'conn_1' },
    {
      connections: {
        conn_1: {
          type: 's3',
          settings: {
            endpoint: store.url,
            region: 'eu-central-1',
            access_key_id: 'AKEXAMPLE',
            force_path_style: true,
          },
          secrets: { secret_access_key: 'never-sent' },
        },
      },
      folder,
      signal: new AbortController().signal,
    },
  )

test('an object is fetched with a signed request that does not hold the secret', async () => {
  const fetched = await fetchS3('s3://shop/rows.jsonl')

  expect(await readFile(fetched.path, 'utf8')).toBe(body)
  expect(fetched).toMatchObject({ filename: 'rows.jsonl', location: 's3://shop/rows.jsonl', bytes: body.length })
  const { authorization } = store.requests[0]?.headers ?? {}
  expect(authorization).toMatch(/\/eu-central-1\/s3\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/)
  expect(JSON.stringify(store.requests[0]?.rawHeaders)).not.toContain('never-sent')
})

test('a store that is busy is asked again; a missing object ends it at once', async () => {
  await expect(fetchS3('s3://shop/shaky.jsonl')).resolves.toMatchObject({ bytes: body.length })
  await expect(fetchS3('s3://shop/missing.jsonl')).rejects.toMatchObject({
    code: 'source_refused',
    message: expect.stringContaining('NoSuchKey'),
  })
  expect(store.requests.filter(({ url }) => url?.includes('missing'))).toHaveLength(1)
})

test('an object that is too large is refused', async () => {
  await expect(fetchS3('s3://shop/rows.jsonl', { limitBytes: 5 })).rejects.toMatchObject({ code: 'source_too_large' })
})

test('an endpoint at an address that is not listed is refused before anything is sent', async () => {
  await expect(fetchS3('s3://shop/rows.jsonl', { allow: '' })).rejects.toMatchObject({ code: 'address_refused' })
  expect(store.requests).toHaveLength(0)
})
