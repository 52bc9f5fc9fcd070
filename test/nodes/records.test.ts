import { startServer, type TestServer } from '../support/server'
import { loadPackage } from './support/engine'
import { tunedModel } from './support/tuned-model'
import { startN8n, type N8n } from './support/n8n'

let forge: TestServer
let n8n: N8n
const jobs: string[] = []

beforeAll(async () => {
  forge = await startServer()
  n8n = await startN8n({ baseUrl: forge.url, apiKey: forge.adminKey })
  for (let count = 0; count < 3; count++) {
    const response = await fetch(`${forge.url}/v1/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${forge.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'sleep', input: { seconds: 1 } }),
    })
    jobs.push(((await response.json()) as { id: string }).id)
  }
}, 60_000)
afterAll(async () => {
  await n8n.stop()
  await forge.stop()
})

const look = async (parameters: object, items = 1) =>
  await n8n.run(
    [{ name: 'Forge', type: 'forge', parameters: parameters as never }],
    Array.from({ length: items }, (_, index) => ({ json: { id: jobs[index] ?? 'job_none' } })),
  )
const byId = (value: string) => ({ __rl: true, mode: 'id', value })

test('Get gives one job per item, by an expression', async () => {
  const run = await look({ resource: 'job', operation: 'get', job: byId('={{ $json.id }}') }, 3)

  expect(run.json('Forge')).toMatchObject(jobs.map((id) => ({ job_id: id, kind: 'sleep', status: 'queued' })))
  expect(run.items('Forge').map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }])
})

test('a record can be named by its address', async () => {
  const run = await look({
    resource: 'job',
    operation: 'get',
    job: { __rl: true, mode: 'url', value: `${forge.url}/v1/jobs/${jobs[0] ?? ''}` },
  })

  expect(run.json('Forge')).toMatchObject([{ job_id: jobs[0] }])
})

test('Get Many stops at the limit, or reads all pages', async () => {
  const limited = await look({ resource: 'job', operation: 'getAll', returnAll: false, limit: 2 })
  const all = await look({ resource: 'job', operation: 'getAll', returnAll: true, filters: { kind: 'sleep' } })

  expect(limited.json('Forge').map(({ job_id: id }) => id)).toEqual([jobs[2], jobs[1]])
  expect(all.json('Forge')).toHaveLength(3)
})

test('a job can be cancelled; what cannot be done names the state', async () => {
  const cancel = { resource: 'job', operation: 'cancel', job: byId(jobs[0] ?? '') }

  expect((await look(cancel)).json('Forge')).toMatchObject([{ status: 'cancelled' }])
  const retry = await look({ resource: 'job', operation: 'retry', job: byId(jobs[1] ?? '') })
  expect(retry.error).toMatchObject({ message: expect.stringContaining('A job that is queued cannot be') })
})

test('a job that is not there is an item with the error when the node shall continue', async () => {
  const run = await n8n.run(
    [
      {
        name: 'Forge',
        type: 'forge',
        parameters: { resource: 'job', operation: 'get', job: byId('job_none') },
        onError: 'continueRegularOutput',
      },
    ],
    [{ json: {} }],
  )

  expect(run.json('Forge')).toMatchObject([{ error: 'There is no job "job_none" in this project.' }])
})

test('energy and cost come by the day', async () => {
  const run = await look({ resource: 'usage', operation: 'get', group_by: 'day' })

  expect(run.status).toBe('success')
})

test('a key without the scope is told which one it lacks', async () => {
  const key = await fetch(`${forge.url}/v1/api_keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${forge.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'reader', scopes: ['read'] }),
  })
  const reader = await startN8n({ baseUrl: forge.url, apiKey: ((await key.json()) as { key: string }).key })
  const run = await reader.run(
    [
      {
        name: 'Forge',
        type: 'forge',
        parameters: { resource: 'job', operation: 'retry', job: byId(jobs[1] ?? '') },
      },
    ],
    [{ json: {} }],
  )
  await reader.stop()

  expect(run.error).toMatchObject({ message: 'This key lacks the scope "write".' })
})

test('a list shows what tells its entries apart, says what to do when it is empty, and finds by text', async () => {
  const search = await searches()

  expect(await search('forge', 'searchDatasets')).toEqual({
    results: [{ name: 'No datasets yet: run Forge Ingest first', value: '' }],
  })
  const refused = await tunedModel(forge, { name: 'refused', gate: 'failed' })
  const passed = await tunedModel(forge, { name: 'good', gate: 'passed' })
  const { results } = await search('forgeGenerate', 'searchModels')
  expect(results.map(({ value }) => value)).toContain(passed)
  expect(results.map(({ value }) => value)).not.toContain(refused)
  expect(results.find(({ value }) => value === passed)?.name).toMatch(
    /^good · tuned model · gate passed · \d{4}-\d\d-\d\d$/,
  )
  expect((await search('forge', 'searchJobs', jobs[2])).results.map(({ value }) => value)).toEqual([jobs[2]])
})

interface Found {
  results: { name: string; value: string }[]
}

/** The list searches of the nodes, called as the editor does. */
const searches = async () => {
  const loader = await loadPackage()
  const context = {
    getCredentials: () => Promise.resolve({ baseUrl: forge.url, apiKey: forge.adminKey }),
    getNode: () => ({ name: 'Forge', type: 'forge' }),
    helpers: {
      httpRequestWithAuthentication: async (
        _type: string,
        { url, qs }: { url: string; qs?: Record<string, string> },
      ) => {
        const response = await fetch(`${url}?${new URLSearchParams(qs).toString()}`, {
          headers: { authorization: `Bearer ${forge.adminKey}` },
        })
        return { statusCode: response.status, headers: {}, body: await response.json() }
      },
    },
  }
  return async (node: string, method: string, filter?: string): Promise<Found> =>
    (await loader.getNode(node).type.methods?.listSearch?.[method]?.call(context, filter)) as Found
}
