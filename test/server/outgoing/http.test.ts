import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseAllowList } from '../../../server/outgoing/address-check'
import { createOutgoingHttp, outgoingError } from '../../../server/outgoing/http'

let server: Server
let port: number
const seen: (string | undefined)[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.url)
    if (request.url === '/moved') response.writeHead(302, { location: '/' }).end()
    else if (request.url === '/large') response.end(Buffer.alloc(4096))
    else response.end('hello')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise((closed) => server.close(closed)))
beforeEach(() => {
  seen.length = 0
})

const refusal = async (call: Promise<unknown>): Promise<unknown> =>
  outgoingError(
    await call.then(
      () => null,
      (error: unknown) => error,
    ),
  )

test.each(['127.0.0.1', 'localhost', '0x7f.1', '[::ffff:127.0.0.1]'])(
  'a call to %s is refused before a byte is sent',
  async (host) => {
    const http = createOutgoingHttp({ allow: parseAllowList('') })
    expect(await refusal(http.get(`http://${host}:${port}/`))).toMatchObject({ code: 'address_refused' })
    expect(await refusal(http.get(`https://${host}:${port}/`))).toMatchObject({ code: 'address_refused' })
    expect(seen).toEqual([])
  },
)

test('a listed address is reached, by name and by number', async () => {
  const http = createOutgoingHttp({ allow: parseAllowList('127.0.0.1/8,::1/128') })
  expect((await http.get(`http://127.0.0.1:${port}/`)).data).toBe('hello')
  expect((await http.get(`http://localhost:${port}/`)).data).toBe('hello')
})

test('a redirect is an answer like any other, and no status throws', async () => {
  const http = createOutgoingHttp({ allow: parseAllowList('127.0.0.1') })
  expect((await http.get(`http://127.0.0.1:${port}/moved`)).status).toBe(302)
  expect(seen).toEqual(['/moved'])
})

test('an answer longer than the limit is not taken into memory', async () => {
  const http = createOutgoingHttp({ allow: parseAllowList('127.0.0.1'), maxAnswerBytes: 1000 })
  await expect(http.get(`http://127.0.0.1:${port}/large`)).rejects.toThrow('maxContentLength')
})
