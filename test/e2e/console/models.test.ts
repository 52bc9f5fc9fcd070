import { setTimeout as sleep } from 'node:timers/promises'
import type { CreateJob } from '../../../server/contract/create-job'
import type { Job } from '../../../server/contract/jobs'
import { routes } from '../../../server/contract/routes'
import { startConsoleWorld, type ConsoleWorld } from './world'

/* Two tuned models, from where they came to where they serve: looked at, compared, approved, rolled back and forth. */
jest.setTimeout(900_000)

let world: ConsoleWorld
let first: string
let second: string

/** Waits until a job has come so far. Throws with its error when it ended otherwise. */
const reach = async (id: string, status: Job['status']): Promise<Job> => {
  for (;;) {
    const job = await world.forge.client.call(routes.getJob, { params: { id } })
    if (job.status === status) return job
    if (job.ended_at !== null) throw new Error(`${job.kind} ended as ${job.status}: ${job.error?.message ?? ''}`)
    await sleep(500)
  }
}
const start = async (body: Pick<CreateJob, 'kind'> & { input: object }): Promise<string> =>
  (await world.forge.client.call(routes.createJob, { body: body as CreateJob })).id
const run = async (body: Pick<CreateJob, 'kind'> & { input: object }): Promise<Record<string, unknown>> =>
  (await reach(await start(body), 'succeeded')).result ?? {}

const rows = Array.from({ length: 20 }, (_none, row) => ({
  prompt: `Write the shop text for bowl ${row}.`,
  completion: `Bowl ${row} is turned from one piece of beech and oiled by hand.`,
}))
const tune = async (version: unknown, suffix: string, learning_rate: number): Promise<string> => {
  const hyperparameters = { max_steps: 2, batch_size: 2, lora_rank: 4, learning_rate }
  const data = { type: 'dataset', dataset_version_id: version }
  return (await run({ kind: 'fine-tune', input: { data, suffix, hyperparameters } }))['model_id'] as string
}
const evaluate = (version: unknown, model: string) =>
  run({
    kind: 'evaluate',
    input: { model, dataset_version_id: version, max_items: 2, max_tokens: 8, gate: { loss: { max: 99 } } },
  })

beforeAll(async () => {
  world = await startConsoleWorld()
  const options = { format: 'prompt-completion', validation_split: 0.2 }
  const ingested = await run({ kind: 'ingest', input: { name: 'bowls', source: { type: 'rows', rows }, options } })
  const version = ingested['dataset_version_id']
  first = await tune(version, 'plain', 1e-3)
  second = await tune(version, 'bold', 4e-3)
  await evaluate(version, first)
  await evaluate(version, second)
  await run({ kind: 'deploy', input: { name: 'bowl-writer', model: first } })
  await reach(
    await start({ kind: 'deploy', input: { name: 'bowl-writer', model: second, require_approval: true } }),
    'awaiting_approval',
  )
})
afterAll(() => world.stop())

const served = async (): Promise<string | null> =>
  (await world.forge.client.call(routes.getDeployment, { params: { id: 'bowl-writer' } })).model

test('models are listed, and one shows where it came from and what became of it', async () => {
  const { page } = world
  await world.open('/models')
  const list = page.getByRole('region', { name: 'Tuned models' })
  await list.getByText('bowls v1').first().waitFor()
  await world.picture('models')
  expect(await world.violations()).toEqual([])

  await list.getByRole('link', { name: /:plain:/ }).click()
  const lineage = page.getByRole('list').filter({ has: page.getByRole('heading', { name: 'Made from' }) })
  await lineage.getByRole('link', { name: 'bowl-writer' }).waitFor()
  const stages = await lineage.getByRole('heading').allTextContents()
  expect(stages.filter((stage) => stage !== 'Checkpoints')).toEqual([
    'Made from',
    'Training',
    'Model',
    'Evaluations',
    'Deployments',
  ])
  expect(await lineage.getByRole('link').allTextContents()).toEqual(
    expect.arrayContaining(['bowls v1', 'smollm2-135m-instruct', 'Fine-tune', 'bowl-writer']),
  )
  await world.picture('model')
  expect(await world.violations()).toEqual([])
})

test('a file of a model can be taken away', async () => {
  const { page } = world
  await world.open(`/models/${first}`)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'adapter_config.json' }).click()
  expect((await download).suggestedFilename()).toBe('adapter_config.json')
})

test('what serves cannot be deleted, and the question says where it serves', async () => {
  const { page } = world
  await world.open(`/models/${first}`)
  await page.getByRole('button', { name: 'Delete' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('link', { name: 'bowl-writer' }).waitFor()
  expect(await dialog.getByRole('button').allTextContents()).toEqual(['Cancel'])
  expect(await world.violations()).toEqual([])
  await page.keyboard.press('Escape')
})

test('an evaluation stands beside its baseline, figure by figure and text by text', async () => {
  const { page } = world
  await world.open(`/models/${second}`)
  await page.getByRole('region', { name: 'Evaluations' }).getByRole('link').first().click()
  await page.getByRole('heading', { name: /^Evaluation of .*:bold:/ }).waitFor()
  await page.getByRole('row', { name: /Loss at most 99 .* holds/ }).waitFor()
  await page.getByRole('row', { name: /all Loss .* better/ }).waitFor()
  await page.getByRole('article').nth(1).waitFor()
  expect(await page.getByRole('article').count()).toBe(2)
  await page.getByRole('article').first().getByText('turned from one piece of beech').waitFor()
  await world.picture('evaluation')
  expect(await world.violations()).toEqual([])
})

test('two models are compared on the same rows, under an address that can be shared', async () => {
  const { page } = world
  await world.open('/models')
  await page.getByRole('checkbox', { name: /:bold:/ }).check()
  await page.getByRole('checkbox', { name: /:plain:/ }).check()
  await page.getByRole('link', { name: 'Compare the two' }).click()
  await page.getByText('Both were evaluated on the same version of a dataset.').waitFor()
  expect(new URL(page.url()).searchParams.get('compare')).toBe(`${second},${first}`)
  await page.reload()
  await page.getByRole('row', { name: /all Loss/ }).waitFor()
  await page.getByRole('article').nth(1).waitFor()
  expect(await page.getByRole('article').count()).toBe(2)
  await world.picture('compare')
  expect(await world.violations()).toEqual([])
})

test('a person sees what is asked and what was found, and approves with a reason', async () => {
  const { page } = world
  await world.open('/approvals')
  await page.getByRole('row', { name: /bowl-writer .*:bold:.* waits for a decision/ }).waitFor()
  await world.picture('approvals')
  expect(await world.violations()).toEqual([])

  await page.getByRole('main').getByRole('link', { name: 'bowl-writer' }).click()
  await page.getByRole('article').first().waitFor()
  await world.picture('approval')
  expect(await world.violations()).toEqual([])
  await page.getByRole('button', { name: 'Reject' }).click()
  await page.getByText('Say why it is rejected.').waitFor()
  await page.getByLabel('Reason').fill('Its texts are closer to ours.')
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('heading', { name: 'Decision', exact: true }).waitFor()
  await page.getByText('Its texts are closer to ours.').waitFor()
})

test('what was approved serves; one press brings the model before back, and one more undoes that', async () => {
  const { page } = world
  await world.open('/deployments')
  await page.getByRole('main').getByRole('link', { name: 'bowl-writer' }).click()
  await page.getByRole('row', { name: /^2 .*:bold:.* serves/ }).waitFor()
  expect(await served()).toBe(second)

  await page.getByRole('button', { name: 'Roll back' }).click()
  await page.getByRole('row', { name: /^3 .*:plain:.* serves/ }).waitFor()
  expect(await served()).toBe(first)
  await page.getByRole('button', { name: /^Undo: back to .*:bold:/ }).waitFor()
  await world.picture('deployment')
  expect(await world.violations()).toEqual([])

  await page.getByRole('button', { name: /^Undo/ }).click()
  await page.getByRole('row', { name: /^4 .*:bold:.* serves/ }).waitFor()
  expect(await served()).toBe(second)
  await world.open('/deployments')
  await page.getByRole('row', { name: /bowl-writer .*ready/ }).waitFor()
  await world.picture('deployments')
  expect(await world.violations()).toEqual([])
})

test('a model is deployed from its view, answers a share of the calls as a canary, and is stopped', async () => {
  const { page, forge } = world
  await world.open(`/models/${first}`)
  await page.getByRole('button', { name: 'Deploy' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Not a name')
  await dialog.getByText('Only lower case letters').waitFor()
  await dialog.getByLabel('Name').fill('second-name')
  expect(await world.violations()).toEqual([])
  await dialog.getByRole('button', { name: 'Deploy' }).click()
  await page.getByRole('status').getByText('succeeded').waitFor()

  await world.open('/deployments/bowl-writer')
  await page.getByLabel('Answers a share').selectOption('second-name')
  await page.getByLabel('Share in percent').fill('100')
  await page.getByRole('button', { name: 'Share the calls' }).click()
  await page.getByText('answers 100% of the calls.').waitFor()
  expect(await world.violations()).toEqual([])
  const chat = { model: 'bowl-writer', messages: [{ role: 'user' as const, content: 'Hello' }], max_tokens: 4 }
  await forge.client.call(routes.createChatCompletion, { body: chat })
  await page.getByRole('link', { name: 'second-name' }).click()
  await page.getByRole('img', { name: '1 calls in the last hour, by minute' }).waitFor()
  expect(await world.violations()).toEqual([])
  await world.open('/deployments/bowl-writer')
  await page.getByRole('button', { name: 'Answer all calls here again' }).click()
  await page.getByLabel('Answers a share').waitFor()

  await world.open('/deployments/second-name')
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click()
  await page.getByText('none serves').waitFor()
})
