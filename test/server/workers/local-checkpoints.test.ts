import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalCheckpoints } from '../../../server/workers/local-checkpoints'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const never = new AbortController().signal

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'forge-kept-'))
})
afterEach(async () => {
  await rm(root, { recursive: true })
})
const open = () => openLocalCheckpoints(root, silent)

/** As the training engine writes it. `text` is what the file holds; the manifest speaks of `weights at <step>`. */
const write = async (job: string, step: number, text = `weights at ${step}`): Promise<void> => {
  const path = join(root, job, `step-${step}`)
  const told = `weights at ${step}`
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'adapter'), text)
  const files = {
    adapter: { bytes: Buffer.byteLength(told), sha256: createHash('sha256').update(told).digest('hex') },
  }
  await writeFile(join(path, 'manifest.json'), JSON.stringify({ step, metrics: { loss: 0.5 }, files }))
}

test('what an earlier process of the worker left is known at the start, the newest of each job', async () => {
  await write('job_1', 90)
  await write('job_1', 100)
  await write('job_2', 7)

  const checkpoints = await open()

  expect(checkpoints.kept()).toEqual([
    { job_id: 'job_1', step: 100 },
    { job_id: 'job_2', step: 7 },
  ])
  expect(await readdir(join(root, 'job_1'))).toEqual(['step-100'])
})

test.each([
  ['a file has other bytes', () => write('job_1', 20, 'weights at 2X')],
  ['a file is shorter', () => write('job_1', 20, 'weights')],
  ['there is no manifest', () => mkdir(join(root, 'job_1', 'step-20'), { recursive: true })],
  ['it never got its name', () => mkdir(join(root, 'job_1', '.tmp-step-20-x'), { recursive: true })],
])('a checkpoint is not resumed from when %s: the one before it is', async (_why, damage) => {
  await write('job_1', 10)
  await damage()

  expect((await open()).kept()).toEqual([{ job_id: 'job_1', step: 10 }])
})

test('a job whose every checkpoint is damaged leaves nothing', async () => {
  await write('job_1', 20, 'torn')

  expect((await open()).kept()).toEqual([])
  expect(await readdir(root)).toEqual([])
})

test('the next attempt finds what the last one left, and waits until that has let go', async () => {
  const checkpoints = await open()
  const first = await checkpoints.open('job_1', never)
  const order: string[] = []
  const second = checkpoints.open('job_1', never).then((held) => {
    order.push('second')
    return held
  })
  await write('job_1', 30)
  order.push('first')
  await first.close(true)

  expect(await (await second).newest()).toMatchObject({ step: 30, metrics: { loss: 0.5 } })
  expect(order).toEqual(['first', 'second'])
  expect(checkpoints.kept()).toEqual([]) // an attempt has it
})

test('an attempt that is cancelled does not wait for the one before', async () => {
  const checkpoints = await open()
  await checkpoints.open('job_1', never)
  const abort = new AbortController()
  const second = checkpoints.open('job_1', abort.signal)
  abort.abort(new Error('cancelled'))

  await expect(second).rejects.toThrow('cancelled')
})

test('a job that ended leaves nothing on the disk', async () => {
  const checkpoints = await open()
  const held = await checkpoints.open('job_1', never)
  await write('job_1', 30)
  await held.close(false)

  expect(await readdir(root)).toEqual([])
})

test('what the server calls useless is deleted, unless an attempt has begun meanwhile', async () => {
  await write('job_1', 1)
  await write('job_2', 1)
  const checkpoints = await open()
  await checkpoints.open('job_2', never)
  await checkpoints.forget(['job_1', 'job_2', 'job_3'])

  expect(await readdir(root)).toEqual(['job_2'])
})

test('no more than eight jobs are kept: the one left longest ago goes', async () => {
  const checkpoints = await open()
  for (let job = 1; job <= 9; job += 1) {
    const held = await checkpoints.open(`job_${job}`, never)
    await write(`job_${job}`, job)
    await held.close(true)
  }

  expect(checkpoints.kept().map(({ step }) => step)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
  expect(await readdir(root)).toHaveLength(8)
})
