import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LeasedConnection } from '../../../../server/contract/connections'
import { parseAllowList } from '../../../../server/outgoing/address-check'
import type { FetchOptions } from '../../../../server/workers/sources/fetch-context'
import { createFetchSource } from '../../../../server/workers/sources/fetch-source'
import { startHttp } from './local-http'

const csv = 'title,text\nboard,oak\n'
type Answers = Record<string, (response: ServerResponse, call: number) => void>

let http: Awaited<ReturnType<typeof startHttp>>
let other: Awaited<ReturnType<typeof startHttp>>
let folder: string
let answers: Answers = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-url-'))
  http = await startHttp((request, response) => {
    const calls = http.requests.filter(({ url }) => url === request.url).length
    const answer = answers[request.url ?? '']
    if (answer) answer(response, calls)
    else response.writeHead(404).end()
  })
  other = await startHttp((_request, response) => response.end(csv))
})
afterAll(async () => {
  await http.stop()
  await other.stop()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  http.requests.length = 0
  other.requests.length = 0
})

const headers: LeasedConnection = {
  type: 'http',
  settings: { base_url: 'http://replaced' },
  secrets: { headers: { Authorization: 'Bearer the-token', 'X-Api-Key': 'the-key' } },
}
const fetchUrl = (path: string, change: Partial<FetchOptions> = {}, base: string | null = null) =>
  createFetchSource({ allow: parseAllowList('127.0.0.1/8'), limitBytes: 1000, firstPause_ms: 1, ...change })(
    { type: 'url', url: path.startsWith('http') ? path : `${http.url}${path}`, connection: base && 'conn_1' },
    {
      connections: base === null ? {} : { conn_1: { ...headers, settings: { base_url: base } } },
      folder,
      signal: new AbortController().signal,
    },
  )
const to = (location: string) => (response: ServerResponse) => void response.writeHead(302, { location }).end()

test('a file is streamed to disk, and its size, hash and address without query are told', async () => {
  answers = { '/data/shop.csv?signature=abc': (response) => response.end(csv) }
  const fetched = await fetchUrl('/data/shop.csv?signature=abc')

  expect(await readFile(fetched.path, 'utf8')).toBe(csv)
  expect(fetched).toMatchObject({
    filename: 'shop.csv',
    location: `${http.url}/data/shop.csv`,
    bytes: csv.length,
    sha256: createHash('sha256').update(csv).digest('hex'),
  })
})

test('a redirect to an allowed host is followed', async () => {
  answers = { '/old': to('/new'), '/new': (response) => response.end(csv) }
  await expect(fetchUrl('/old')).resolves.toMatchObject({ bytes: csv.length })
})

test('a redirect to an address that is not allowed is refused, and nothing is asked there', async () => {
  answers = { '/out': to(`http://127.0.0.1:${other.port}/`), '/meta': to('http://169.254.169.254/latest/meta-data/') }
  const byName = { allow: parseAllowList('localhost') }
  await expect(fetchUrl(`http://localhost:${http.port}/out`, byName)).rejects.toMatchObject({ code: 'address_refused' })
  await expect(fetchUrl('/meta')).rejects.toMatchObject({ code: 'address_refused' })
  expect(other.requests).toHaveLength(0)
})

test('a chain of more than five redirects is refused, and so is a redirect to a file', async () => {
  answers = { '/loop': to('/loop'), '/file': to('file:///etc/hostname') }
  await expect(fetchUrl('/loop')).rejects.toMatchObject({ code: 'source_refused' })
  expect(http.requests).toHaveLength(6)
  await expect(fetchUrl('/file')).rejects.toMatchObject({ code: 'source_refused' })
})

test('a sender that fails is asked again, four times at most', async () => {
  answers = {
    '/shaky': (response, call) => void (call < 3 ? response.writeHead(503).end() : response.end(csv)),
    '/down': (response) => void response.writeHead(500).end(),
  }
  await expect(fetchUrl('/shaky')).resolves.toMatchObject({ bytes: csv.length })
  await expect(fetchUrl('/down')).rejects.toMatchObject({ code: 'source_unavailable', retryable: true })
  expect(http.requests.filter(({ url }) => url === '/down')).toHaveLength(4)
})

test('a status that another try would not change ends it at once', async () => {
  answers = {}
  await expect(fetchUrl('/missing')).rejects.toMatchObject({ code: 'source_refused' })
  expect(http.requests).toHaveLength(1)
})

test('a source that is too large is refused, whether it says so or not', async () => {
  const large = Buffer.alloc(5000, 'x')
  answers = {
    '/said': (response) => void response.writeHead(200, { 'content-length': large.length }).end(large),
    '/unsaid': (response) => {
      response.write(large)
      response.end(large)
    },
  }
  for (const path of ['/said', '/unsaid'])
    await expect(fetchUrl(path)).rejects.toMatchObject({ code: 'source_too_large' })
  expect(http.requests).toHaveLength(2)
})

test('a body that ends before its announced size is fetched again', async () => {
  answers = {
    '/cut': (response, call) => {
      response.writeHead(200, { 'content-length': csv.length })
      if (call === 1) response.write(csv.slice(0, 5), () => response.destroy())
      else response.end(csv)
    },
    '/always': (response) => {
      response.writeHead(200, { 'content-length': csv.length })
      response.write(csv.slice(0, 5), () => response.destroy())
    },
  }
  const fetched = await fetchUrl('/cut')
  expect(await readFile(fetched.path, 'utf8')).toBe(csv)
  await expect(fetchUrl('/always')).rejects.toMatchObject({ code: 'source_unavailable' })
})

test('the headers of a connection go to its base URL only, not where a redirect leads', async () => {
  answers = { '/api/go': to(`http://127.0.0.1:${other.port}/x`), '/api/here': (response) => response.end(csv) }
  await fetchUrl('/api/go', {}, `${http.url}/api`)
  expect(http.requests[0]?.headers).toMatchObject({ authorization: 'Bearer the-token', 'x-api-key': 'the-key' })
  expect(other.requests[0]?.headers).not.toHaveProperty('authorization')
  expect(other.requests[0]?.headers).not.toHaveProperty('x-api-key')
})

test.each(['/apis/x', '/api/../x', '/x'])('%s is not below the base URL /api, and is not asked', async (path) => {
  await expect(fetchUrl(path, {}, `${http.url}/api`)).rejects.toMatchObject({ code: 'source_refused' })
  expect(http.requests).toHaveLength(0)
})
