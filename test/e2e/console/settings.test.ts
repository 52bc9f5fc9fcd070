import { readFileSync } from 'node:fs'
import { routes } from '../../../server/contract/routes'
import type { Usage } from '../../../server/contract/usage'
import { formats } from '../../../server/console/ui/format'
import { startReceiver, type Receiver } from '../../support/receiver'
import { startConsoleWorld, type ConsoleWorld } from './world'

/* What an administrator does in the console: keys, webhooks, and the energy that the API counted. */
jest.setTimeout(600_000)

let world: ConsoleWorld
let receiver: Receiver
beforeAll(async () => {
  world = await startConsoleWorld()
  receiver = await startReceiver()
})
afterAll(async () => {
  await world.stop()
  await receiver.close()
})

const statusWith = async (key: string): Promise<number> =>
  (await fetch(`${world.forge.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status

test('a key is shown once, works, and is refused once it is revoked', async () => {
  const { page } = world
  await world.open('/settings/keys')
  await page.getByRole('textbox', { name: 'Name' }).fill('shop flow')
  await page.getByLabel('approve', { exact: false }).first().check()
  await page.getByRole('button', { name: 'Make a key' }).click()
  const key = (await page.getByLabel('The key shop flow').textContent())?.trim() ?? ''
  expect(await statusWith(key)).toBe(200)
  await page.reload()
  const row = page.getByRole('row', { name: /shop flow/ })
  await row.waitFor()
  expect(await page.content()).not.toContain(key)
  expect(await row.textContent()).toContain('read, generate, approve')
  await world.picture('settings-keys')
  expect(await world.violations()).toEqual([])

  await row.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await row.waitFor({ state: 'detached' })
  // the server remembers a caller for five seconds
  for (const end = Date.now() + 30_000; (await statusWith(key)) !== 401 && Date.now() < end; )
    await page.waitForTimeout(200)
  expect(await statusWith(key)).toBe(401)
})

test('a webhook gets the test and the event, and the delivery can be sent again', async () => {
  const { page } = world
  await world.open('/settings/webhooks')
  await page.getByLabel('Address').fill(receiver.url)
  await page.getByLabel('All events').uncheck()
  await page.getByLabel('job.succeeded').check()
  await page.getByRole('button', { name: 'Add a webhook' }).click()
  expect(await page.getByLabel(`The signing secret of ${receiver.url}`).textContent()).toMatch(/^whsec_/)
  await page.getByRole('button', { name: 'I have kept it' }).click()

  await page.getByRole('button', { name: 'Test' }).click()
  await page.getByText('The test arrived').waitFor()
  expect((await receiver.nth(1)).body).toMatchObject({ type: 'job.succeeded', test: true })

  await page.getByRole('link', { name: 'Deliveries' }).click()
  await page.getByText('Nothing was sent there yet').waitFor()
  const job = await world.forge.client.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 0.1 } } })
  const sent = await receiver.nth(2)
  expect(sent.body).toMatchObject({ type: 'job.succeeded', data: { job_id: job.id } })
  await page.getByText('delivered', { exact: true }).waitFor()
  await page.getByText('HTTP 200').last().waitFor()
  expect(await world.violations()).toEqual([])

  await page.getByRole('button', { name: 'Send again' }).click()
  const again = await receiver.nth(3)
  expect(again.headers['webhook-id']).toBe(sent.headers['webhook-id'])

  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No webhooks yet').waitFor()
})

test('a connection is stored, tested and never shows its secret', async () => {
  const { page } = world
  await world.open('/settings/connections')
  await page.getByLabel('Type').selectOption('http')
  await page.getByRole('textbox', { name: 'Name' }).fill('shop-feed')
  await page.getByLabel('Base address').fill('http://127.0.0.1:1/')
  await page.getByLabel('Headers').fill('Authorization: Bearer not-to-be-seen')
  await page.getByRole('button', { name: 'Add a connection' }).click()
  const row = page.getByRole('row', { name: /shop-feed/ })
  await row.getByRole('button', { name: 'Test' }).click()
  await row.getByText('does not work').waitFor()
  expect(await world.violations()).toEqual([])
  await page.reload()
  await row.waitFor()
  expect(await page.content()).not.toContain('not-to-be-seen')
})

test('a queue is paused and goes on; the project says what it demands', async () => {
  const { page } = world
  await world.open('/settings/workers')
  await page.getByRole('row', { name: /chaos/ }).getByText('at work').waitFor()
  await page.getByRole('button', { name: 'Pause: several GPUs' }).click()
  await page.getByRole('button', { name: 'Resume: several GPUs' }).click()
  await page.getByRole('button', { name: 'Pause: several GPUs' }).waitFor()
  expect(await world.violations()).toEqual([])

  await world.open('/settings/project')
  await page.getByLabel('Models are called through a deployment only').click()
  await page.getByLabel('Models are called through a deployment only').and(page.locator(':checked:enabled')).waitFor()
  expect((await world.forge.client.call(routes.getProject, {})).require_deployment).toBe(true)
  await page.getByLabel('Models are called through a deployment only').click()
  await page
    .getByLabel('Models are called through a deployment only')
    .and(page.locator(':not(:checked):enabled'))
    .waitFor()
  expect(await world.violations()).toEqual([])
})

test('a budget is set and taken away; a second project begins with a key of its own', async () => {
  const { page, browser, forge } = world
  await world.open('/settings/project')
  await page.getByLabel('Budget per month, in EUR').fill('12.5')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('€12.50').waitFor()
  expect((await forge.client.call(routes.getProject, {})).budget).toEqual({ monthly_cost: 12.5, warn_at: 0.8 })
  await page.getByRole('button', { name: 'Remove the budget' }).click()
  await page.getByRole('button', { name: 'Remove the budget' }).waitFor({ state: 'detached' })

  await page.getByLabel('Name of a new project').fill('second shop')
  await page.getByRole('button', { name: 'Make a project' }).click()
  const key = (await page.getByLabel('The admin key of second shop').textContent())?.trim() ?? ''
  await page.getByRole('row', { name: /second shop/ }).waitFor()
  expect(await world.violations()).toEqual([])

  const other = await browser.newContext()
  const theirs = await other.newPage()
  await theirs.goto(forge.url)
  await theirs.getByLabel('Or an API key').fill(key)
  await theirs.getByRole('button', { name: 'Sign in' }).click()
  await theirs.getByRole('banner').getByText('second shop').waitFor()
  // this one does not run the installation
  await theirs.goto(`${forge.url}/settings/project`)
  await theirs.getByText('Budget per month').waitFor()
  expect(await theirs.getByText('Make a project').count()).toBe(0)
  await other.close()
})

interface Report {
  rows: { key: string; usage: Usage }[]
  total: Usage
}
const reportOf = async (query: string): Promise<Report> => {
  const headers = { authorization: 'Bearer chaos-admin-key-0123456789' }
  return (await (await fetch(`${world.forge.url}/v1/usage?${query}`, { headers })).json()) as Report
}

test("the energy page's figures are those of the API, by day and by model, and in the CSV", async () => {
  const { page, forge } = world
  const format = formats('en')
  await forge.client.call(routes.createChatCompletion, {
    body: { model: 'smollm2-135m-instruct', max_tokens: 16, messages: [{ role: 'user', content: 'Name a lamp.' }] },
  })
  // tokens and joules come with the next reports of gateway and worker
  const served = async (): Promise<Usage | undefined> =>
    (await reportOf('group_by=model')).rows.find(({ key }) => key === 'smollm2-135m-instruct')?.usage
  for (;;) {
    const usage = await served()
    if (usage !== undefined && usage.method !== null && (usage.tokens ?? 0) > 0 && usage.energy_joules > 0) break
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }

  const today = new Date().toISOString().slice(0, 10)
  for (const by of ['day', 'model', 'kind', 'deployment']) {
    const before = await reportOf(`group_by=${by}`)
    const answered = page.waitForResponse((response) => response.url().includes(`/v1/usage?group_by=${by}&`))
    await world.open(`/energy?since=${today}&until=${today}&by=${by}`)
    const shown = (await (await answered).json()) as Report
    const after = await reportOf(`group_by=${by}`)
    // the worker goes on to report while we look
    expect(shown.total.energy_joules).toBeGreaterThanOrEqual(before.total.energy_joules)
    expect(shown.total.energy_joules).toBeLessThanOrEqual(after.total.energy_joules)
    const sum = shown.rows.reduce((joules, { usage }) => joules + usage.energy_joules, 0)
    expect(sum).toBeCloseTo(shown.total.energy_joules, 5)

    const cells = await page
      .getByRole('row', { name: /^Total/ })
      .getByRole('cell')
      .allTextContents()
    expect(cells.slice(1, 4)).toEqual([
      format.energy(shown.total.energy_joules),
      format.money(shown.total.cost, shown.total.currency),
      format.mass(shown.total.co2e_grams),
    ])
    await page.getByText('Idle: machines without work').first().waitFor()
    expect(await world.violations()).toEqual([])
    if (by === 'day') {
      await page.locator('.chart svg').waitFor()
      await world.picture('energy')
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Download CSV' }).click()
      const [, line = ''] = readFileSync(await (await download).path(), 'utf8').split('\r\n')
      expect(Number(line.split(',')[2])).toBeGreaterThanOrEqual(shown.total.energy_joules)
    }
  }
})

test('who may not administer is told so, instead of shown an error', async () => {
  const { key } = await world.forge.client.call(routes.createApiKey, { body: { name: 'reader', scopes: ['read'] } })
  const context = await world.browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  await page.goto(`${world.forge.url}/settings/keys`)
  await page.getByLabel('Or an API key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This needs a key with the scope admin.').waitFor()
  await page.getByRole('link', { name: 'Webhooks' }).click()
  await page.getByText('Changes need a key with the scope write.').waitFor()
  await page.goto(`${world.forge.url}/playground`)
  await page.getByText('Your key may not ask models').waitFor()
  await context.close()
})
