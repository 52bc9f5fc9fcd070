import type { Locator } from 'playwright-core'
import { routes } from '../../../server/contract/routes'
import { startConsoleWorld, type ConsoleWorld } from './world'

/* Jobs as a person watches, ends and finds them: a real fine-tune on the default model, a failure, a full table. */
jest.setTimeout(900_000)

/** How long a few steps may take on a slow machine. */
const training_ms = 400_000
const fullTable = 1_000_000
const rows = Array.from({ length: 40 }, (_, n) => ({
  prompt: `Describe board ${String(n)}.`,
  completion: `Board ${String(n)} is made of oak and lasts a lifetime.`,
}))

let world: ConsoleWorld
let versionId: string
beforeAll(async () => {
  world = await startConsoleWorld()
  await ended(await ingest(rows))
  const { latest_version } = await world.forge.client.call(routes.getDataset, { params: { id: 'boards' } })
  versionId = latest_version?.id ?? ''
})
afterAll(() => world.stop())

const ingest = async (source: Record<string, string>[]): Promise<string> => {
  const body = { name: 'boards', source: { type: 'rows' as const, rows: source }, options: { validation_split: 0.1 } }
  return (await world.forge.client.call(routes.createDataset, { body })).id
}
const ended = async (id: string) => {
  for (;;) {
    const job = await world.forge.client.call(routes.getJob, { params: { id } })
    if (['succeeded', 'failed', 'cancelled'].includes(job.status)) return job
    await world.page.waitForTimeout(200)
  }
}
/** How many points a chart's label says it has. */
const pointsOf = async (chart: Locator): Promise<number> =>
  Number(/over (\d+) points/.exec((await chart.getAttribute('aria-label')) ?? '')?.[1])

test('the curves of a run move while it trains; the start view shows it and who holds the device; it can be cancelled', async () => {
  const { page, forge } = world
  const { id } = await forge.client.call(routes.createJob, {
    body: {
      kind: 'fine-tune',
      input: {
        data: { type: 'dataset', dataset_version_id: versionId },
        hyperparameters: { epochs: 100, max_steps: 100_000 },
      },
    },
  })
  await world.open('/')
  await page.getByRole('region', { name: 'Devices' }).getByRole('link', { name: 'Fine-tune' }).waitFor()
  await page
    .getByRole('img', { name: /^Loss of the run/ })
    .locator('svg')
    .waitFor({ timeout: training_ms })
  await world.picture('start')
  expect(await world.violations()).toEqual([])

  await page.getByRole('region', { name: 'Runs now' }).getByRole('link', { name: 'Fine-tune' }).click()
  const chart = page.getByRole('img', { name: /^loss over/ })
  await chart.locator('svg').waitFor({ timeout: training_ms })
  const before = await pointsOf(chart)
  // enough of a curve to be looked at
  await page.getByRole('img', { name: /^loss over ([6-9]|\d\d) points/ }).waitFor({ timeout: training_ms })
  expect(await pointsOf(chart)).toBeGreaterThan(before)
  await page
    .getByRole('img', { name: /^Watts over time/ })
    .locator('svg')
    .waitFor()
  await world.picture('job')
  expect(await world.violations()).toEqual([])

  await page.getByRole('button', { name: 'Cancel job' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click()
  await page.getByText('cancelled').first().waitFor()
  expect((await ended(id)).status).toBe('cancelled')
  // what it took stays on the books
  const energy = page.locator('dl.figures dd').first()
  await energy.getByText(/\d/).first().waitFor()
})

test('training goes on from a checkpoint, with the same data and settings', async () => {
  const { page, forge } = world
  const { id } = await forge.client.call(routes.createJob, {
    body: {
      kind: 'fine-tune',
      input: {
        data: { type: 'dataset', dataset_version_id: versionId },
        hyperparameters: { max_steps: 4 },
        checkpoint_interval_seconds: 1,
      },
    },
  })
  await ended(id)
  await world.open(`/jobs/${id}`)
  await page
    .getByRole('region', { name: 'Checkpoints' })
    .getByRole('button', { name: 'Train on from here' })
    .first()
    .click()
  await page.waitForURL((url) => url.pathname.startsWith('/jobs/') && !url.pathname.endsWith(id))
  const next = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const job = await ended(next)
  expect(job).toMatchObject({
    status: 'succeeded',
    input: { data: { dataset_version_id: versionId }, hyperparameters: { max_steps: 4 } },
  })
  expect(job.input['base_model']).toMatch(/:ckpt-step-\d$/)
})

test('a failure says why and what to do; running it again leads to the new job', async () => {
  const { page } = world
  const id = await ingest([{ prompt: 'x', completion: '' }])
  const { error } = await ended(id)
  if (!error) throw new Error('The ingest of a row without completion did not fail.')
  await world.open('/')
  await page.getByRole('region', { name: 'Failed last' }).getByText(error.message).waitFor()
  await page.getByRole('region', { name: 'Failed last' }).getByRole('link').first().click()
  await page.getByRole('alert').getByText(error.hint).waitFor()
  await world.picture('job-failed')
  expect(await world.violations()).toEqual([])

  await page.getByRole('button', { name: 'Run again' }).click()
  await page.waitForURL((url) => url.pathname.startsWith('/jobs/') && !url.pathname.endsWith(id))
  await page.getByText('Retry of').waitFor()
})

test(`a table of ${String(fullTable)} jobs is read page by page and filtered by the server`, async () => {
  const { page } = world
  await world.sql(
    `insert into app.job (id, project_id, kind, class, status, priority, input, resources, attempt, max_attempts, started_at, ended_at)
     select 'job_' || lpad(to_hex(n), 26, '0'), 'proj_default', 'generate', 'light',
       case when n % 1000 = 0 then 'failed' else 'succeeded' end, 5, '{}',
       '{"cpus": 1, "memory_bytes": 0, "gpus": 0, "gpu_memory_bytes": 0, "labels": {}}', 1, 3, now(), now()
     from generate_series(1, ${String(fullTable)}) n`,
  )
  await world.open('/jobs')
  const shown = page.locator('tbody tr')
  await page.getByRole('button', { name: 'Show more' }).click()
  await shown.nth(99).waitFor()
  expect(await shown.count()).toBe(100)
  await page.evaluate('scrollTo(0, 0)')
  await world.picture('jobs')
  expect(await world.violations()).toEqual([])

  await page.getByLabel('Order').selectOption('asc')
  await page.locator('tbody tr').first().getByText('00000001').waitFor()
  await page.getByLabel('Order').selectOption('')
  await page.waitForURL((url) => url.search === '')

  await page.getByLabel('Status').selectOption('failed')
  await page.waitForURL(/status=failed/)
  await page.getByLabel('Kind').selectOption('generate')
  await page.waitForURL(/status=failed&kind=generate/)
  const succeeded = page.locator('tbody').getByText('succeeded', { exact: true })
  await succeeded.first().waitFor({ state: 'detached' })
  await shown.nth(49).waitFor()
  expect(await shown.count()).toBe(50)
  // the view can be shared: its address says all
  await page.reload()
  await shown.nth(49).waitFor()
  expect(await succeeded.count()).toBe(0)
})

test('on a phone every view fits its width', async () => {
  const { page } = world
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of [
    '/',
    '/jobs',
    '/new',
    '/datasets',
    '/models',
    '/deployments',
    '/playground',
    '/approvals',
    '/energy',
    '/settings/keys',
  ]) {
    await world.open(path)
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect([path, overflow]).toEqual([path, 0])
  }
  await world.open('/')
  await world.picture('start-phone')
  await page.setViewportSize({ width: 1280, height: 800 })
})
