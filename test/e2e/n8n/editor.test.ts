import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { root, startForge, type ForgeProcess } from '../../chaos/forge-process'
import { openChromium } from '../../support/chromium'
import * as editor from './editor'
import { owner, startN8nWorld, type N8nWorld } from './world'

/*
 * A person in a real Chromium builds a workflow from n8n's node panel, fills its fields from lists and runs it, on the
 * default model. `FORGE_SCREENSHOTS=docs/images` keeps the pictures for the docs.
 */
jest.setTimeout(1_800_000)

const examples = join(root, 'examples')
const pictures = process.env['FORGE_SCREENSHOTS'] ?? join(root, '.tmp', 'screenshots')
const jobTimeout_ms = 900_000

let folder: string
let forge: ForgeProcess | undefined
let world: N8nWorld | undefined
let browser: Browser | undefined
let page: Page

const picture = (name: string) => page.screenshot({ path: join(pictures, `n8n-${name}.png`) })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forge-n8n-editor-'))
  chmodSync(folder, 0o755)
  mkdirSync(pictures, { recursive: true })
  forge = await startForge(folder, {
    FORGE_MODELS_DIR: join(root, '.models'),
    FORGE_LEASE_SECONDS: '30',
    FORGE_HEARTBEAT_SECONDS: '5',
  })
  world = await startN8nWorld({ N8N_RESTRICT_FILE_ACCESS_TO: examples })
  const data = { baseUrl: forge.url, apiKey: 'chaos-admin-key-0123456789' }
  await world.rest.credential({ name: 'Forge', type: 'forgeApi', data })
  browser = await openChromium()
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  page.setDefaultTimeout(editor.patience_ms)
  await editor.signIn(page, world.n8n.url, owner)
  await editor.newWorkflow(page, world.n8n.url)
})
afterAll(async () => {
  await browser?.close()
  await world?.stop()
  await forge?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs a step and leaves a picture of where it stands if it does not end well. */
const step = async (name: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    await picture(`failed-${name}`)
    throw error
  }
}

test('the node panel finds every node', () =>
  step('panel', async () => {
    const found = await editor.searchNodes(page, 'Forge', 'Forge Ingest')
    await picture('panel')
    const nodes = ['Ingest', 'Fine-Tune', 'Evaluate', 'Deploy', 'Generate', 'Airflow', 'Chat Model']
    for (const name of nodes) expect(found).toContain(`Forge ${name}`)
    // n8n shows a node and its trigger as one entry
    expect(found).toContain('Forge')
  }))

test('a file becomes a dataset: the node waits and shows what came of it', () =>
  step('ingest', async () => {
    await editor.addNode(page, 'Read/Write Files from Disk', 'Read File(s) From Disk')
    await editor.fill(page, 'fileSelector', join(examples, 'ecommerce-content', 'catalogue.csv'))
    await editor.closeNode(page)
    await editor.addNode(page, 'Forge Ingest', 'Create a dataset from files')
    await editor.fill(page, 'dataset_name', 'shop-texts')
    await editor.addOption(page, 0, 'Maximum Rows')
    await editor.fill(page, 'max_rows', '24')
    await editor.executeStep(page)
    await editor.output(page).getByText('shop-texts').first().waitFor({ timeout: jobTimeout_ms })
    await picture('ingest')
    await editor.closeNode(page)
  }))

test('base model and dataset are chosen from lists, and the model that comes of it from the next', () =>
  step('fine-tune', async () => {
    await editor.selectNode(page, 'Forge Ingest')
    await editor.addNode(page, 'Forge Fine-Tune', 'Run fine tuning and wait for the model')
    expect((await editor.choose(page, 'base_model', 'smollm2-135m-instruct')).join()).toContain('base model')
    const datasets = await editor.choose(page, 'dataset', 'shop-texts', () => picture('dataset-list'))
    expect(datasets[0]).toContain('24 rows')
    await editor.fill(page, 'suffix', 'panel')
    await editor.addOption(page, 0, 'Maximum Steps')
    await editor.fill(page, 'max_steps', '2')
    await editor.executeStep(page)
    await editor.output(page).getByText('model_id').first().waitFor({ timeout: jobTimeout_ms })
    await picture('fine-tune')
    await editor.closeNode(page)

    await editor.selectNode(page, 'Forge Fine-Tune')
    await editor.addNode(page, 'Forge Generate', 'Generate a text')
    await editor.choose(page, 'model', 'panel', () => picture('model-list'))
    await editor.fill(page, 'user', 'Write the shop text in English. Product: Oak Bread Board.')
    await editor.addOption(page, 0, 'Maximum Tokens')
    await editor.fill(page, 'max_tokens', '24')
    await editor.closeNode(page)
  }))

test('the whole workflow runs, parks and goes on by itself, and shows the text', () =>
  step('run', async () => {
    await editor.executeWorkflow(page)
    await editor.fit(page)
    await editor.succeeded(page, 'Forge Generate', jobTimeout_ms)
    await picture('workflow')
    await editor.openNode(page, 'Forge Generate')
    await editor.output(page).getByText('completion_tokens').first().waitFor()
    await picture('generate')
  }))
