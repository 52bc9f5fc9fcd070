import { startConsoleWorld, type ConsoleWorld } from './world'

/* How people get in, stay in and get out, in a real Chromium against a real `forge start`. */
jest.setTimeout(600_000)

let world: ConsoleWorld
beforeAll(async () => {
  world = await startConsoleWorld()
})
afterAll(() => world.stop())

test('the printed link signs in, once, and the first view leads to the first model', async () => {
  const { page, forge } = world
  await page.getByText('No model yet').waitFor()
  await page.getByRole('link', { name: 'Make the first model' }).waitFor()
  await world.picture('start-empty')
  expect(await world.violations()).toEqual([])

  const other = await world.browser.newContext()
  const second = await other.newPage()
  await second.goto(forge.consoleLink)
  await second.getByRole('alert').getByText('has been used or has run out').waitFor()
  expect(await second.getByText('npm run forge -- sign-in').count()).toBeGreaterThan(0)
  await other.close()
})

test('who is not signed in comes to the sign-in page, and after signing in to where they wanted', async () => {
  const context = await world.browser.newContext()
  const page = await context.newPage()
  await page.goto(`${world.forge.url}/jobs?status=failed`)
  await page.getByLabel('Or an API key').fill('fk_wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').getByText('No valid API key').waitFor()
  await page.getByLabel('Or an API key').fill('chaos-admin-key-0123456789')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('No job matches the filter').waitFor()
  expect(new URL(page.url()).search).toBe('?status=failed')
  await context.close()
})

test('a session that is over leads to the sign-in page and says why', async () => {
  const { page } = world
  await world.open('/jobs')
  await world.sql('update app.session set expires_at = now()')
  await page.reload()
  await page.getByText('Your session is over').waitFor()
  await world.picture('sign-in')
  expect(await world.violations()).toEqual([])
  await page.goto(await world.link())
  await page.getByRole('heading', { name: 'Start' }).waitFor()
})

test('when the server goes away the view says so, and goes on by itself when it is back', async () => {
  const { page } = world
  await world.open('/jobs')
  const back = world.restartForge()
  await page.getByText('The server does not answer').first().waitFor()
  await back
  await page.getByText('The server does not answer').first().waitFor({ state: 'detached' })
  await page.getByText('No jobs yet').waitFor()
})

test('the interface speaks Chinese when it is chosen, and keeps to it', async () => {
  const { page } = world
  await page.getByLabel('Language').selectOption('zh-TW')
  await page.getByRole('heading', { name: '工作' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: '工作' }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-TW')
  await world.picture('jobs-empty-zh-TW')
  await page.getByLabel('語言').selectOption('en')
})

test('an address that no view has says so', async () => {
  await world.open('/no-such-view')
  expect(await world.page.getByRole('heading', { level: 1 }).textContent()).toBe('Not found')
})

test('signing out ends it for this browser', async () => {
  const { page } = world
  await world.open('/')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Or an API key').waitFor()
  await page.goto(`${world.forge.url}/jobs`)
  await page.getByLabel('Or an API key').waitFor()
})
