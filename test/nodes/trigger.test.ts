import { EventEmitter } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { IDataObject } from 'n8n-workflow'
import { events } from '../../server/contract/events'
import type { ScriptedWorker } from '../support/scripted-worker'
import { startServer, type TestServer } from '../support/server'
import { loadPackage } from './support/engine'

let forge: TestServer
let worker: ScriptedWorker
let hooks: Server
let base: string

interface Received {
  status: number
  output: IDataObject[]
}
/** one trigger node of one workflow: its static data, and what its webhook received, by path */
const staticData: IDataObject = {}
const received = new Map<string, Received[]>()
const waiting = new Map<string, PromiseWithResolvers<Received>>()

beforeAll(async () => {
  forge = await startServer({ FORGE_OUTGOING_ALLOW: '127.0.0.1' })
  worker = await forge.worker('scripted')
  hooks = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const path = request.url ?? ''
      void deliver(path, request.headers as IDataObject, Buffer.concat(parts)).then((result) => {
        received.set(path, [...(received.get(path) ?? []), result])
        response.writeHead(result.status, { 'content-type': 'application/json' }).end('{}')
        waiting.get(path)?.resolve(result)
      })
    })
  })
  await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${String((hooks.address() as AddressInfo).port)}`
}, 60_000)
afterAll(async () => {
  hooks.closeAllConnections()
  hooks.close()
  await forge.stop()
})

interface Sent {
  method: string
  url: string
  body?: object
  headers: Record<string, string>
}
const contextOf = (path: string, more: object = {}) => ({
  getCredentials: () => Promise.resolve({ baseUrl: forge.url, apiKey: forge.adminKey }),
  getNode: () => ({ id: 'node-1', name: 'Forge Trigger', type: 'forgeTrigger' }),
  getMode: () => 'webhook',
  getNodeParameter: () => ['job.succeeded'],
  getNodeWebhookUrl: () => `${base}${path}`,
  getWorkflow: () => ({ id: '1', name: 'flow' }),
  getWorkflowStaticData: () => staticData,
  getActivationMode: () => 'activate',
  logger: console,
  helpers: {
    httpRequestWithAuthentication: async (_type: string, { method, url, body, headers }: Sent) => {
      const response = await fetch(url, {
        method,
        headers: {
          ...headers,
          authorization: `Bearer ${forge.adminKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { statusCode: response.status, headers: {}, body: await response.json() }
    },
  },
  ...more,
})
type Method = (this: unknown) => Promise<boolean>
const trigger = async () => {
  const loader = await loadPackage()
  return loader.getNode('forgeTrigger').type as unknown as {
    description: { properties: { options?: { value: string }[] }[] }
    webhook(this: unknown): Promise<{ workflowData?: { json: IDataObject }[][] }>
    webhookMethods: { default: Record<'checkExists' | 'create' | 'delete', Method> }
  }
}
let lastDelivery: { headers: IDataObject; body: Buffer } | undefined
/** `failed` is what n8n answers where it could not begin an execution. */
const deliver = async (
  path: string,
  headers: IDataObject,
  body: Buffer,
  more: object = {},
  failed?: number,
): Promise<Received> => {
  let status = 200
  lastDelivery = { headers, body }
  const response = Object.assign(new EventEmitter(), {
    statusCode: 200,
    status: (given: number) => {
      status = given
      return { json: () => undefined }
    },
  })
  const context = contextOf(path, {
    getHeaderData: () => headers,
    getBodyData: () => JSON.parse(body.toString()) as IDataObject,
    getRequestObject: () => ({ rawBody: body }),
    getResponseObject: () => response,
    ...more,
  })
  const { workflowData } = await (await trigger()).webhook.call(context)
  response.statusCode = failed ?? status
  response.emit('finish')
  return { status, output: (workflowData?.[0] ?? []).map(({ json }) => json) }
}
const next = (path: string): Promise<Received> => {
  const deferred = Promise.withResolvers<Received>()
  waiting.set(path, deferred)
  return deferred.promise
}
const endpoints = async (): Promise<string[]> => {
  const response = await fetch(`${forge.url}/v1/webhook_endpoints`, {
    headers: { authorization: `Bearer ${forge.adminKey}` },
  })
  return ((await response.json()) as { data: { url: string }[] }).data.map(({ url }) => url).sort()
}
const oneJob = async (): Promise<string> => {
  const response = await fetch(`${forge.url}/v1/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${forge.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'sleep', input: { seconds: 1 } }),
  })
  await worker.complete(await worker.take())
  return ((await response.json()) as { id: string }).id
}

test('the trigger offers the events of the catalogue', async () => {
  const { description } = await trigger()

  expect(description.properties[0]?.options?.map(({ value }) => value).sort()).toEqual(Object.keys(events).sort())
})

test('test and production are two endpoints, registered once each, and neither removes the other', async () => {
  const { webhookMethods } = await trigger()
  const on = (path: string, method: 'checkExists' | 'create' | 'delete') =>
    webhookMethods.default[method].call(contextOf(path))

  expect(await on('/live', 'checkExists')).toBe(false)
  await on('/live', 'create')
  await on('/live', 'create')
  await on('/test', 'create')
  expect(await on('/live', 'checkExists')).toBe(true)
  expect(await endpoints()).toEqual([`${base}/live`, `${base}/test`])

  await on('/test', 'delete')
  await on('/test', 'delete')
  expect(await endpoints()).toEqual([`${base}/live`])
})

test('an event that Forge sends starts the workflow once, however often it is delivered', async () => {
  const { webhookMethods } = await trigger()
  await webhookMethods.default.create.call(contextOf('/live'))
  const arrived = next('/live')
  const job = await oneJob()
  const { status, output } = await arrived

  expect(status).toBe(200)
  expect(output).toMatchObject([{ type: 'job.succeeded', job_id: job, kind: 'sleep', event_id: expect.any(String) }])
  const { headers, body } = lastDelivery ?? { headers: {}, body: Buffer.from('') }
  expect(await deliver('/live', headers, body)).toEqual({ status: 200, output: [] })
})

test('an event whose execution could not begin is new when it comes again', async () => {
  const { webhookMethods } = await trigger()
  await webhookMethods.default.create.call(contextOf('/live'))
  const arrived = next('/live')
  await oneJob()
  await arrived
  const { headers, body } = lastDelivery ?? { headers: {}, body: Buffer.from('') }
  const other = { getNode: () => ({ id: 'node-2', name: 'Forge Trigger', type: 'forgeTrigger' }) }

  expect((await deliver('/live', headers, body, other, 503)).output).toHaveLength(1)
  expect((await deliver('/live', headers, body, other)).output).toHaveLength(1)
  expect((await deliver('/live', headers, body, other)).output).toHaveLength(0)
})

test('a workflow that is tested gets a sample', async () => {
  const { webhookMethods } = await trigger()
  const arrived = next('/sample')
  await webhookMethods.default.create.call(contextOf('/sample', { getActivationMode: () => 'manual' }))

  expect((await arrived).output).toMatchObject([{ type: 'job.succeeded', event_id: expect.any(String) }])
  await webhookMethods.default.delete.call(contextOf('/sample'))
})

test('the credential is put into a request without an expression, which n8n fills only while a node runs', async () => {
  const { authenticate } = (await loadPackage()).getCredential('forgeApi').type
  if (typeof authenticate !== 'function') throw new Error('It is an expression.')

  expect(await authenticate({ apiKey: ' fk_1 ' }, { url: '/v1/jobs', headers: { accept: 'text/plain' } })).toEqual({
    url: '/v1/jobs',
    headers: { accept: 'text/plain', Authorization: 'Bearer fk_1' },
  })
})

test('a delivery to the test address is taken though n8n names the production address to the node', async () => {
  const { webhookMethods } = await trigger()
  const secondNode = { getWorkflowStaticData: () => ({ ...staticData, endpoints: {} }) }
  await webhookMethods.default.create.call(contextOf('/test'))
  const arrived = next('/test')
  await oneJob()
  await arrived
  const { headers, body } = lastDelivery ?? { headers: {}, body: Buffer.from('') }

  // seen already, so it is answered without a run; an unknown signature would be a 401
  expect(await deliver('/live', headers, body)).toEqual({ status: 200, output: [] })
  expect(await deliver('/live', headers, body, secondNode)).toEqual({ status: 401, output: [] })
  await webhookMethods.default.delete.call(contextOf('/test'))
})

test('a call that Forge did not sign is refused', async () => {
  const { webhookMethods } = await trigger()
  await webhookMethods.default.create.call(contextOf('/live'))
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
    'webhook-signature': 'v1,AAAA',
  }

  expect(await deliver('/live', headers, Buffer.from('{}'))).toEqual({ status: 401, output: [] })
})
