import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelRef } from '../../../server/contract/workers'
import type { BaseModel } from '../../../server/steps/handler'
import { adapterPath, chooseServing, hostedName, openWholeModel } from '../../../server/workers/serving-choice'

const withGguf: BaseModel = {
  dir: 'base',
  gguf: 'base/model.gguf',
  architecture: 'LlamaForCausalLM',
  context_tokens: 1,
}
const without: BaseModel = { dir: 'base', gguf: null, architecture: 'GPTNeoXForCausalLM', context_tokens: 1 }
const model = (...names: string[]): ModelRef => ({
  id: 'model_1',
  base_model: 'folder:mine',
  artifacts: names.map((name) => ({ name, sha256: name, bytes: 1 })),
  artifact_hash: null,
})
const peft = ['adapter_config.json', 'adapter_model.safetensors']

test('llama.cpp serves what has a GGUF on both sides, the Transformers engine everything else', () => {
  const llama = { engine: 'llama', basePath: 'base/model.gguf' }
  const transformers = { engine: 'transformers', basePath: 'base' }

  expect(chooseServing(model(), withGguf)).toEqual(llama)
  expect(chooseServing(model(...peft, 'adapter.gguf'), withGguf)).toEqual(llama)
  expect(chooseServing(model(...peft), withGguf)).toEqual(transformers)
  expect(chooseServing(model(...peft, 'adapter.gguf'), without)).toEqual(transformers)
  expect(chooseServing(model(), without)).toEqual(transformers)
  expect(() => chooseServing(model('weights.bin'), withGguf)).toThrow(/weights\.bin/)
})

test('an adapter is a file for llama.cpp and a folder in PEFT format for Transformers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forge-adapter-'))
  try {
    await writeFile(join(folder, 'blob'), 'bytes')
    const source = { dir: join(folder, 'adapter'), fetch: () => Promise.resolve(join(folder, 'blob')) }

    expect(await adapterPath(model(...peft, 'adapter.gguf'), 'llama', source)).toBe(join(folder, 'blob'))
    expect(await adapterPath(model(...peft, 'adapter.gguf'), 'transformers', source)).toBe(source.dir)
    expect(await readdir(source.dir)).toEqual(peft)
    expect(await adapterPath(model(), 'llama', source)).toBeNull()
    expect(await adapterPath(model(), 'transformers', source)).toBeNull()
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a model that was trained whole is a base of its own: by its GGUF, else as a folder for Transformers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forge-whole-'))
  try {
    await writeFile(join(folder, 'blob'), 'bytes')
    const source = { dir: join(folder, 'model'), fetch: () => Promise.resolve(join(folder, 'blob')) }
    const files = ['config.json', 'model.safetensors', 'tokenizer.json']
    const withIts = model(...files, 'model.gguf')

    expect(await openWholeModel(withIts, source)).toEqual({ engine: 'llama', basePath: join(folder, 'blob') })
    expect(await openWholeModel(model(...files), source)).toEqual({ engine: 'transformers', basePath: source.dir })
    expect(await readdir(source.dir)).toEqual(files)
    expect(await openWholeModel(model(...peft), source)).toBeNull()
    expect([hostedName(withIts), hostedName(model(...peft))]).toEqual(['model_1', 'folder:mine'])
  } finally {
    await rm(folder, { recursive: true })
  }
})
