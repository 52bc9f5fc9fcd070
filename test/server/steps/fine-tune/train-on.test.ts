import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FineTuneParams } from '../../../../server/engines/protocol'
import { fineTune } from '../../../../server/steps/fine-tune.handler'
import type { Task } from '../../../../server/steps/handler'
import { leaseOf } from '../../workers/fake-server'

/** Runs the handler for a job that starts from a model with these files; tells what it resolved and asked the engine. */
const trainOn = async (folder: string, names: string[], more: Record<string, unknown> = {}) => {
  await writeFile(join(folder, 'blob'), 'bytes')
  const start = {
    id: 'model_1',
    base_model: 'tiny',
    artifacts: names.map((name) => ({ name, sha256: name, bytes: 1 })),
    artifact_hash: null,
  }
  const input = { base_model: 'model_1', data: { type: 'dataset', dataset_version_id: 'v' }, ...more }
  const resolved: string[] = []
  const asked: FineTuneParams[] = []
  const task = {
    lease: leaseOf('fine-tune', input, { models: { start } }),
    signal: new AbortController().signal,
    pauseSignal: new AbortController().signal,
    folder,
    checkpoints: { dir: join(folder, 'checkpoints'), newest: () => Promise.resolve(null) },
    blobs: {
      has: () => false,
      open: () => Promise.resolve({ path: 'train', filename: 'train' }),
      fetch: () => Promise.resolve(join(folder, 'blob')),
      upload: (_path: string, name: string) => Promise.resolve({ name, sha256: name, bytes: 1 }),
    },
    baseModels: {
      resolve: (name: string) => {
        resolved.push(name)
        return Promise.resolve({ dir: 'base' })
      },
    },
    report: { log: () => undefined, progress: () => undefined },
    training: {
      pause: () => undefined,
      fineTune: (params: FineTuneParams) => {
        asked.push(params)
        return Promise.resolve({ done: { artifacts: [{ name: 'adapter.gguf', path: 'a' }] } })
      },
    },
  }
  await fineTune(task as unknown as Task)
  return { resolved, asked: asked[0] }
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-train-on-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('a job that trains on gives the engine the base of the other model and its adapter', async () => {
  const names = ['adapter.gguf', 'adapter_config.json', 'adapter_model.safetensors']
  const { resolved, asked } = await trainOn(folder, names)
  expect(resolved).toEqual(['tiny'])
  expect(asked).toMatchObject({ base_model_dir: 'base', method: 'lora', hyperparameters: { learning_rate: 1e-3 } })
  expect(asked?.initial_adapter_dir).toBe(join(folder, 'start'))
  expect(await readdir(join(folder, 'start'))).toEqual(['adapter_config.json', 'adapter_model.safetensors'])
})

test('a model that was trained whole is the base that it is trained on from, in smaller steps', async () => {
  const names = ['config.json', 'model.gguf', 'model.safetensors', 'tokenizer.json']
  const { resolved, asked } = await trainOn(folder, names, { method: 'full' })
  expect(resolved).toEqual([])
  expect(asked).toMatchObject({
    base_model_dir: join(folder, 'start'),
    initial_adapter_dir: null,
    method: 'full',
    hyperparameters: { learning_rate: 5e-5 },
  })
  expect(await readdir(join(folder, 'start'))).toEqual(names)
})
