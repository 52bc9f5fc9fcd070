import { setTimeout as sleep } from 'node:timers/promises'
import { routes } from '../../../server/contract/routes'
import { startConsoleWorld, type ConsoleWorld } from './world'

/* Talking to models in the console: streamed, side by side, held to a schema, and taken along as code. */
jest.setTimeout(600_000)

const base = 'smollm2-135m-instruct'
const deployed = 'second-voice'
let world: ConsoleWorld
beforeAll(async () => {
  world = await startConsoleWorld()
  await world.forge.client.call(routes.createDeployment, { body: { name: deployed, model: base } })
  const ready = async (): Promise<boolean> => {
    const { data } = await world.forge.client.call(routes.listModels, {})
    return data.some(({ id, forge }) => id === deployed && forge.callable)
  }
  while (!(await ready())) await sleep(500)
})
afterAll(() => world.stop())

const answerOf = (name: string) => world.page.getByRole('article', { name })
const send = async (text: string): Promise<void> => {
  await world.page.getByRole('textbox', { name: 'Message' }).fill(text)
  await world.page.getByRole('button', { name: 'Send' }).click()
}

test('a model answers, piece by piece, and says what that took', async () => {
  const { page } = world
  await world.open(`/playground?model=${base}`)
  await page.getByText('Instructions and parameters').click()
  await page.getByLabel('Maximum tokens').fill('120')
  // a script as text: it runs in the page, and the tests know no page
  await page.evaluate(`
    globalThis.lengths = []
    new MutationObserver(() => {
      const { length } = document.querySelector('.answer-text')?.textContent ?? ''
      if (length > (lengths.at(-1) ?? 0)) lengths.push(length)
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  `)
  await send('Describe a wooden lamp in three sentences.')
  const answer = answerOf(base)
  await answer.getByText('done', { exact: true }).waitFor()
  // it grew before the eyes of its reader
  const lengths = await page.evaluate<number[]>('lengths')
  expect(lengths.length).toBeGreaterThan(3)
  await answer.getByText(/\d+ read, \d+ written/).waitFor()
  await answer.getByText('Tokens per second').waitFor()
  // what a token of this model takes on the average is known once its first ones are metered
  await answer.getByText(/≈.*J/).waitFor()
  await answer.getByText(/≈.*€/).waitFor()
  expect(await world.violations()).toEqual([])
})

test('what is being written can be stopped, and the conversation goes on', async () => {
  const { page } = world
  await page.getByLabel('Maximum tokens').fill('2000')
  // so hot it hardly finds an end
  await page.getByLabel('Temperature').fill('2')
  await send('Count from one to five hundred, in words.')
  const turn = page.getByRole('region', { name: 'Question 2' })
  await turn.locator('.answer-text').waitFor()
  await page.getByRole('button', { name: 'Stop' }).click()
  await turn.getByText('stopped', { exact: true }).waitFor()
  expect((await turn.locator('.answer-text').textContent())?.length).toBeGreaterThan(0)
  await page.getByLabel('Temperature').fill('0')
  await page.getByRole('button', { name: 'New conversation' }).click()
  await turn.waitFor({ state: 'detached' })
})

test('two models answer the same question side by side, and both in JSON of the schema', async () => {
  const { page } = world
  await page.getByLabel('Second model').selectOption(deployed)
  expect(new URL(page.url()).searchParams.getAll('model')).toEqual([base, deployed])
  await page.getByLabel('Maximum tokens').fill('80')
  await page.getByLabel('Answer in JSON that follows a schema').check()
  const schema = page.getByLabel('JSON schema')
  await schema.fill('{"type":')
  await page.getByText('This is no JSON.').waitFor()
  await page.getByRole('textbox', { name: 'Message' }).fill('x')
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  await schema.fill(
    JSON.stringify({
      type: 'object',
      properties: { title: { type: 'string', maxLength: 40 } },
      required: ['title'],
      additionalProperties: false,
    }),
  )
  await page.getByText('Instructions and parameters').click()
  await send("A title for a lamp that's made of wood.")
  for (const name of [base, deployed]) {
    await answerOf(name).getByText('is JSON').waitFor()
    const text = await answerOf(name).locator('.answer-text').textContent()
    expect(JSON.parse(text ?? '')).toEqual({ title: expect.any(String) })
  }
  await world.picture('playground')
  expect(await world.violations()).toEqual([])
})

test('the call can be taken along as curl, Python and an n8n node, without the key', async () => {
  const { page } = world
  const form = page.getByLabel('Form')
  const curl = (await page.getByLabel('curl', { exact: true }).textContent()) ?? ''
  expect(curl).toContain(`${world.forge.url}/v1/chat/completions`)
  // as a shell reads it
  expect(curl.replaceAll(`'\\''`, "'")).toContain("A title for a lamp that's made of wood.")
  expect(curl).toContain('$FORGE_API_KEY')
  await form.selectOption('python')
  expect(await page.getByLabel('Python', { exact: true }).textContent()).toContain('client.chat.completions.create(')
  await form.selectOption('n8n')
  await page.getByLabel('Model of the call').selectOption(deployed)
  const node = JSON.parse((await page.getByLabel('n8n node', { exact: true }).textContent()) ?? '') as {
    nodes: { type: string; parameters: unknown }[]
  }
  expect(node.nodes).toEqual([
    expect.objectContaining({
      type: 'n8n-nodes-forge.forgeGenerate',
      parameters: expect.objectContaining({ user: "A title for a lamp that's made of wood.", format: 'json_schema' }),
    }),
  ])
})

test('a model that is not there is an error with its remedy, and the question can be asked again', async () => {
  const { page } = world
  await world.open('/playground?model=no-such-model')
  await send('Hello?')
  await page.getByRole('alert').getByText('no-such-model').waitFor()
  await answerOf('no-such-model').getByText('failed', { exact: true }).waitFor()
})
