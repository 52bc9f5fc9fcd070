import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { routes } from '../../server/contract/routes'
import { startServer, type TestServer } from '../support/server'
import { core, loadPackage } from './support/engine'

interface Result {
  status: 'OK' | 'Error'
  message: string
}

let forge: TestServer
beforeAll(async () => {
  forge = await startServer()
}, 60_000)
afterAll(() => forge.stop())

/** What n8n does when a credential is saved: it asks a node that says it can test it. */
const check = async (baseUrl: string, apiKey = forge.adminKey): Promise<Result> => {
  const { methods } = (await loadPackage()).getNode('forge').type
  const test = methods?.credentialTest?.['forgeApiTest']
  return (await test?.call(new core.CredentialTestContext({}), { data: { baseUrl, apiKey } })) as Result
}

test('a good key passes, also with white space around it and a slash behind the address', async () => {
  expect(await check(` ${forge.url}/ `, ` ${forge.adminKey} `)).toEqual({
    status: 'OK',
    message: `Connected to Forge at ${forge.url}`,
  })
})

test('a wrong key is told from one that lacks the scope', async () => {
  expect(await check(forge.url, 'fk_wrong')).toMatchObject({
    status: 'Error',
    message: expect.stringContaining('does not know this API key'),
  })
  const { key } = await forge.clients.admin.call(routes.createApiKey, {
    body: { name: 'writes only', scopes: ['generate'] },
  })
  expect(await check(forge.url, key)).toMatchObject({
    status: 'Error',
    message: expect.stringContaining('lacks the scope "read"'),
  })
})

test('a server that is down is named with its address and the remedy', async () => {
  expect(await check('http://127.0.0.1:9')).toEqual({
    status: 'Error',
    message:
      'Forge does not answer at http://127.0.0.1:9: connection refused. Is Forge running (npm start), and is the base URL of the credential right? n8n runs in Docker? Use http://host.docker.internal:8470.',
  })
})

test('an address where something else answers is no Forge server', async () => {
  const other = createServer((_request, response) => response.end('{"object":"list"}'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const result = await check(`http://127.0.0.1:${String((other.address() as AddressInfo).port)}`)
  other.close()

  expect(result).toMatchObject({ status: 'Error', message: expect.stringContaining('not a Forge server') })
})

test('a base URL without a scheme is named', async () => {
  expect(await check('127.0.0.1:8470')).toMatchObject({
    status: 'Error',
    message: expect.stringContaining('"127.0.0.1:8470" is not an address'),
  })
})
