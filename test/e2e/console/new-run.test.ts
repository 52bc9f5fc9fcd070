import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { routes } from '../../../server/contract/routes'
import { recipeFile } from '../../../server/contract/recipe-file'
import { startConsoleWorld, type ConsoleWorld } from './world'

/* From a dropped file to a model that answers, without code, in a real Chromium with the default model. */
jest.setTimeout(1_200_000)

const longest_ms = 600_000
const csv = (head: string, lines: readonly string[]): Buffer => Buffer.from([head, ...lines, ''].join('\n'))
const cup = (n: number): string => `Cup ${String(n)} is blue and holds ${String(200 + n)} ml. It is made to be kept.`
const thirty = Array.from({ length: 30 }, (_, n) => n)
const cups = csv('prompt,completion', [
  ...thirty.map((n) => `Describe cup ${String(n)}.,"${cup(n)}"`),
  `Describe cup 0.,"${cup(0)}"`,
  'Whom do I ask?,Write to cups@example.com.',
])

let world: ConsoleWorld
beforeAll(async () => {
  world = await startConsoleWorld()
})
afterAll(() => world.stop())

const drop = async (name: string, buffer: Buffer): Promise<void> => {
  await world.open('/new')
  await world.page.getByLabel('Choose a file').setInputFiles({ name, mimeType: 'text/csv', buffer })
  await world.page.getByRole('button', { name: 'Upload and read' }).click()
}
const part = (title: string) => world.page.getByRole('region', { name: title, exact: true })

test('a dropped file becomes a model that answers in the playground', async () => {
  const { page } = world
  await world.open('/new')
  await world.picture('new-run-empty')
  expect(await world.violations()).toEqual([])

  await drop('Blue Cups.csv', cups)
  const understood = part('What was understood')
  await understood.getByText('Prompt and completion').waitFor()
  await understood.getByText('1 row that was there before').waitFor()
  await understood.getByText('English 31').waitFor()
  await understood.getByText('Describe cup 1.').waitFor()
  expect(new URL(page.url()).searchParams.get('dataset')).toMatch(/^dsv_/)

  // the offer to mask what was found; the next version has it masked
  await understood.getByRole('button', { name: 'Read again with these masked' }).click()
  await understood.getByText('1 email address (masked)').waitFor()
  await part('Data').getByText('2', { exact: true }).waitFor()

  await part('Model').getByLabel('Steps at most').fill('2')
  await part('Estimate').getByText('No training has ended here yet').waitFor()
  const gate = part('Gate and deployment')
  await gate.getByLabel('Its loss is lower than the base model').uncheck()
  await gate.getByText('Without a condition every model passes.').waitFor()
  await gate.getByText('More').click()
  await gate.getByLabel('Texts to judge').fill('1')
  expect(await gate.getByLabel('Deployment name').inputValue()).toBe('blue-cups')
  await part('Data').scrollIntoViewIfNeeded()
  await world.picture('new-run-understood')
  expect(await world.violations()).toEqual([])

  await page.getByText('Take this into your flow').click()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download blue-cups.yaml' }).click()
  const text = readFileSync(await (await downloading).path(), 'utf8')
  expect(recipeFile.parse(parse(text))).toMatchObject({
    name: 'blue-cups',
    ingest: { source: 'Blue Cups.csv', redact_personal_data: true, validation_split: 0.1 },
    fine_tune: { hyperparameters: { max_steps: 2 } },
    deploy: { name: 'blue-cups' },
  })
  await page.getByText('n8n workflow').click()
  await page.getByText('"n8n-nodes-forge.forgeFineTune"').waitFor()
  await world.picture('new-run-flow')
  expect(await world.violations()).toEqual([])

  await page.reload()
  await part('Model').getByLabel('Steps at most').fill('2')
  await gate.getByLabel('Its loss is lower than the base model').uncheck()
  await page.getByRole('button', { name: 'Start the run' }).click()
  await page.getByRole('heading', { level: 1, name: /^Recipe/ }).waitFor()
  await page.getByText('succeeded', { exact: true }).nth(4).waitFor({ timeout: longest_ms })
  await world.picture('new-run-job')
  const { status } = await world.forge.client.call(routes.getDeployment, { params: { id: 'blue-cups' } })
  expect(status).toBe('ready')

  await world.open('/playground?model=blue-cups')
  await page.getByRole('textbox', { name: 'Message' }).fill('Describe cup 3.')
  await page.getByRole('button', { name: 'Send' }).click()
  const answer = page.getByRole('article', { name: 'blue-cups' })
  await answer.getByText('done', { exact: true }).waitFor({ timeout: longest_ms })
  await answer.getByText(/\d+ written/).waitFor()
  await world.picture('new-run-answer')
})

test('columns that mean nothing lead to the mapping, and the run goes on after it', async () => {
  const { page } = world
  await drop(
    'fragen.csv',
    csv(
      'frage,Antwort (lang)',
      thirty.map((n) => `Was ist ${String(n)}?,"${cup(n)}"`),
    ),
  )
  const understood = part('What was understood')
  await understood.getByRole('alert').getByText('not what they mean').waitFor()
  await world.picture('new-run-mapping')
  expect(await world.violations()).toEqual([])

  const prompts = understood.getByRole('group', { name: 'Insert a column: Prompt' })
  await understood.getByLabel('Prompt', { exact: true }).fill('Antworte: ')
  await prompts.getByRole('button', { name: 'frage' }).click()
  await understood
    .getByRole('group', { name: 'Insert a column: Completion' })
    .getByRole('button', { name: 'Antwort (lang)' })
    .click()
  expect(await understood.getByLabel('Prompt', { exact: true }).inputValue()).toBe('Antworte: {{ frage }}')
  await understood.getByRole('button', { name: 'Read again' }).click()
  await understood.getByText('Own mapping of the columns').waitFor()
  await understood.getByText('Antworte: Was ist 0?').waitFor()
  await page.getByRole('button', { name: 'Start the run' }).waitFor()
})

test('a dataset shows its versions, what changed between them, and the models made from it', async () => {
  const { page } = world
  await world.open('/datasets')
  await page.getByRole('row', { name: /blue-cups/ }).waitFor()
  await world.picture('datasets')
  expect(await world.violations()).toEqual([])

  await page.getByRole('link', { name: 'blue-cups' }).click()
  await page.getByRole('heading', { level: 1, name: 'blue-cups' }).waitFor()
  await page.getByLabel('Compare with').selectOption('1')
  expect(new URL(page.url()).searchParams.get('against')).toBe('1')
  await page.getByRole('region', { name: 'Models made from it' }).getByRole('link').first().waitFor()
  await page.getByLabel('Held-back rows').check()
  await page.getByText('Describe cup').first().waitFor()
  await world.picture('dataset')
  expect(await world.violations()).toEqual([])

  await page.getByRole('link', { name: /^Train with version/ }).click()
  await page.getByRole('button', { name: 'Start the run' }).waitFor()
})

test('a dataset is deleted after it was said what depends on it', async () => {
  const { page } = world
  await world.open('/datasets')
  await page.getByRole('link', { name: 'fragen' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('0 models were trained on it').waitFor()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('heading', { level: 1, name: 'Datasets' }).waitFor()
  await page.getByRole('link', { name: 'fragen' }).waitFor({ state: 'detached' })
})
