import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exampleWorkflows, withCredential } from '../../../scripts/n8n/examples.mjs'
import type { Workflow } from '../../../scripts/n8n/rest.mjs'
import { root, startForge, type ForgeProcess } from '../../chaos/forge-process'
import { startN8nWorld, type N8nWorld } from './world'

/* The workflows of the examples, imported as `npm run n8n` does it and run on the default model and real engines. */
jest.setTimeout(1_200_000)

let folder: string
let forge: ForgeProcess
let world: N8nWorld | undefined
const running = (): N8nWorld => {
  if (!world) throw new Error('n8n did not start.')
  return world
}
const ids = new Map<string, string>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forge-n8n-examples-'))
  chmodSync(folder, 0o755)
  forge = await startForge(folder, {
    FORGE_MODELS_DIR: join(root, '.models'),
    FORGE_LEASE_SECONDS: '30',
    FORGE_HEARTBEAT_SECONDS: '5',
  })
  world = await startN8nWorld({ N8N_RESTRICT_FILE_ACCESS_TO: join(root, 'examples') })
  const credential = await running().rest.credential({
    name: 'Forge',
    type: 'forgeApi',
    data: { baseUrl: forge.url, apiKey: 'chaos-admin-key-0123456789' },
  })
  for (const workflow of exampleWorkflows()) {
    const { id, name } = await running().rest.workflow(smaller(withCredential(workflow, credential)))
    ids.set(name, id)
  }
})
afterAll(async () => {
  await world?.stop()
  await forge.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** As many rows and texts as show that it works: a good text is not what is tested here. */
const smaller = (workflow: Workflow): Workflow => {
  const options: Record<string, object> = {
    Ingest: { max_rows: 16, validation_split: 0.2 },
    Evaluate: { max_items: 1 },
  }
  const nodes = workflow.nodes.map((node) => {
    const given = options[String(node['name'])]
    return given === undefined ? node : { ...node, parameters: { ...(node['parameters'] as object), options: given } }
  })
  return { ...workflow, nodes }
}
const idOf = (name: string): string => {
  const id = ids.get(name)
  if (id === undefined) throw new Error(`There is no example "${name}" among ${[...ids.keys()].join(', ')}.`)
  return id
}
const ended = async (executionId: string): Promise<{ status: string; data: string }> => {
  for (const end = Date.now() + 900_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const execution = await running().rest.execution(executionId)
    if (['success', 'error', 'crashed', 'canceled'].includes(execution.status)) return execution
  }
  throw new Error(`Execution ${executionId} did not end.\n${running().n8n.log().slice(-3000)}`)
}

test('the nightly workflow, started in the editor, ingests, tunes, judges and deploys', async () => {
  const execution = await ended(await running().rest.run(idOf('Forge example: nightly fine-tune'), 'Run Now'))
  expect({ status: execution.status, data: execution.data.slice(-1500) }).toMatchObject({ status: 'success' })
  expect(execution.data).toContain('n8n-shop-writer serves model_')
})

test('the caller of the product webhook gets a text per channel, as the schema says', async () => {
  const id = idOf('Forge example: new product, caller waits for the texts')
  await running().rest.activate(id)
  const url = `${running().n8n.url}/webhook/forge-new-product`
  const post = () =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Oak Bread Board', facts: 'oak; 38 x 24 cm' }),
    })
  let response = await post()
  // n8n opens a webhook a moment after it has said that the workflow is active
  for (let tries = 0; response.status === 404 && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    response = await post()
  }
  const items = (await response.json()) as { output: { title: string; text: string } }[]
  expect(items).toHaveLength(3)
  for (const { output } of items) expect(output).toEqual({ title: expect.any(String), text: expect.any(String) })
})
