import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FineTuneParams } from '../../../../server/engines/protocol'
import { fineTune } from '../../../../server/steps/fine-tune.handler'
import type { Task } from '../../../../server/steps/handler'
import { leaseOf } from '../../workers/fake-server'

test('a job that trains on gives the engine the base of the other model and its adapter', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forge-train-on-'))
  try {
    await writeFile(join(folder, 'blob'), 'bytes')
    const names = ['adapter.gguf', 'adapter_config.json', 'adapter_model.safetensors']
    const start = {
      id: 'model_1',
      base_model: 'tiny',
      artifacts: names.map((name) => ({ name, sha256: name, bytes: 1 })),
      artifact_hash: null,
    }
    const input = { base_model: 'model_1', data: { type: 'dataset', dataset_version_id: 'v' } }
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

    expect(resolved).toEqual(['tiny'])
    const given = asked[0]?.initial_adapter_dir
    expect(given).toBe(join(folder, 'start'))
    expect(await readdir(given ?? '')).toEqual(['adapter_config.json', 'adapter_model.safetensors'])
  } finally {
    await rm(folder, { recursive: true })
  }
})
