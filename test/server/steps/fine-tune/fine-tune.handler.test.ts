import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Artifact } from '../../../../server/contract/models'
import type { FineTuneParams } from '../../../../server/engines/protocol'
import { fineTune } from '../../../../server/steps/fine-tune.handler'
import type { LocalCheckpoint, Task } from '../../../../server/steps/handler'
import { leaseOf } from '../../workers/fake-server'

let folder: string
let dir: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-fine-tune-'))
  dir = join(folder, 'checkpoints')
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

const durable = (step: number) => ({
  step,
  metrics: {},
  artifacts: [{ name: 'adapter', sha256: `of step ${step}`, bytes: 1 }] satisfies Artifact[],
})
const local = async (step: number): Promise<LocalCheckpoint> => {
  const path = join(dir, `step-${step}`)
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'adapter'), `of step ${step}, here`)
  return { step, path, metrics: { loss: 0.5 } }
}

/** Runs the handler with an engine that ends at once, and tells what it was asked to do and what was reported. */
const run = async (resume: ReturnType<typeof durable> | null, newest: LocalCheckpoint | null) => {
  const told: string[] = []
  const firstUpload = Promise.withResolvers<void>()
  const asked: FineTuneParams[] = []
  const uploaded: { step: number; files: readonly string[]; metrics: Record<string, number> }[] = []
  const task = {
    lease: leaseOf('fine-tune', { base_model: 'tiny', data: { type: 'dataset', dataset_version_id: 'v' } }, { resume }),
    signal: new AbortController().signal,
    pauseSignal: new AbortController().signal,
    folder,
    checkpoints: { dir, newest: () => Promise.resolve(newest) },
    blobs: {
      has: () => false,
      open: () => Promise.resolve({ path: 'train', filename: 'train' }),
      fetch: async ({ sha256 }: Artifact) => {
        await writeFile(join(folder, 'blob'), sha256)
        return join(folder, 'blob')
      },
      upload: (_path: string, name: string) => Promise.resolve({ name, sha256: name, bytes: 1 }),
    },
    baseModels: { resolve: () => Promise.resolve({ dir: 'base' }) },
    report: {
      progress: () => undefined,
      log: (line: string) => void told.push(line),
      localCheckpoint: (step: number) => void told.push(`local ${step}`),
      checkpoint: (step: number, files: readonly string[], metrics: Record<string, number>) => {
        uploaded.push({ step, files, metrics })
        firstUpload.resolve()
        return Promise.resolve()
      },
    },
    training: {
      pause: () => undefined,
      fineTune: async (params: FineTuneParams) => {
        asked.push(params)
        // uploads run beside the training
        if (newest && newest.step > (resume?.step ?? 0) && params.resume_from === newest.path) await firstUpload.promise
        return { done: { artifacts: [{ name: 'adapter', path: 'a' }] } }
      },
    },
  }
  await fineTune(task as unknown as Task)
  return { told, uploaded, resumedFrom: asked[0]?.resume_from, engineDir: asked[0]?.checkpoint_dir }
}

test('a checkpoint that only this worker has is gone on from, and is the first thing to be uploaded', async () => {
  const { told, uploaded, resumedFrom, engineDir } = await run(durable(50), await local(60))

  expect(resumedFrom).toBe(join(dir, 'step-60'))
  expect(engineDir).toBe(dir)
  expect(told).toEqual(['Going on from the checkpoint of step 60.', 'local 60'])
  expect(uploaded).toEqual([{ step: 60, files: [join(dir, 'step-60', 'adapter')], metrics: { loss: 0.5 } }])
})

test('the first attempt may have ended before any checkpoint was durable', async () => {
  expect(await run(null, await local(60))).toMatchObject({
    resumedFrom: join(dir, 'step-60'),
    uploaded: [{ step: 60 }],
  })
})

test('one that is durable already is not uploaded again', async () => {
  expect(await run(durable(60), await local(60))).toMatchObject({ resumedFrom: join(dir, 'step-60'), uploaded: [] })
  expect(await readFile(join(dir, 'step-60', 'adapter'), 'utf8')).toBe('of step 60, here')
})

test('when another worker got further its checkpoint is used, and the older one here is deleted', async () => {
  expect(await run(durable(70), await local(60))).toMatchObject({ resumedFrom: join(dir, 'step-70'), uploaded: [] })
  expect(await readdir(dir)).toEqual(['step-70'])
  expect(await readFile(join(dir, 'step-70', 'adapter'), 'utf8')).toBe('of step 70')
})

test('without any checkpoint the training begins at its first step', async () => {
  expect(await run(null, null)).toMatchObject({ resumedFrom: null, uploaded: [], told: [] })
})
