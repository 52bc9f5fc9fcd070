import { lookup } from 'node:dns/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseAllowList } from '../../../server/outgoing/address-check'
import { createOutgoingHttp, outgoingError } from '../../../server/outgoing/http'

jest.mock('node:dns/promises', () => ({ lookup: jest.fn() }))
const dns = lookup as unknown as jest.Mock<Promise<{ address: string; family: number }[]>>

let server: Server
let port: number
const hosts: (string | undefined)[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    hosts.push(request.headers.host)
    response.end('hello')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise((closed) => server.close(closed)))
beforeEach(() => {
  dns.mockReset()
  hosts.length = 0
})

const call = (allow: string) => createOutgoingHttp({ allow: parseAllowList(allow) }).get(`http://shop.example:${port}/`)
const local = { address: '127.0.0.1', family: 4 }

test('a name is asked once, and the address that was checked is the one connected to', async () => {
  dns.mockResolvedValueOnce([local]).mockResolvedValue([{ address: '10.9.9.9', family: 4 }])

  expect((await call('127.0.0.1')).data).toBe('hello')
  expect(dns).toHaveBeenCalledTimes(1)
  expect(hosts).toEqual([`shop.example:${port}`])
})

test('one address that is refused among those of a name refuses the name', async () => {
  dns.mockResolvedValue([{ address: '93.184.216.34', family: 4 }, local])
  const error: unknown = await call('').catch((thrown: unknown) => outgoingError(thrown))

  expect(error).toMatchObject({ code: 'address_refused', message: expect.stringContaining('127.0.0.1') })
  expect(hosts).toEqual([])
})
