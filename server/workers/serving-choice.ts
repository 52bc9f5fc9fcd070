import { isWholeModel, type Artifact, type ServingEngineName } from '../contract/models'
import type { ModelRef } from '../contract/workers'
import { StepFailed, type BaseModel } from '../steps/handler'
import { adapterFolder, peftFiles } from '../steps/handler/adapter-folder'
import { wholeModelFolder } from '../steps/handler/model-folder'

const ggufFile = 'adapter.gguf'

/** Which engine serves a model on this worker, and from which file or folder it loads the base. */
export interface ServingChoice {
  engine: ServingEngineName
  basePath: string
}

/**
 * llama.cpp where the base has a GGUF and the adapter came with one, else the slow Transformers engine. Throws
 * StepFailed `architecture_not_servable` for an adapter that neither can load.
 */
export const chooseServing = (model: ModelRef, base: BaseModel): ServingChoice => {
  const names = new Set(model.artifacts.map(({ name }) => name))
  if (base.gguf !== null && (names.size === 0 || names.has(ggufFile))) return { engine: 'llama', basePath: base.gguf }
  if (names.size === 0 || peftFiles.every((name) => names.has(name)))
    return { engine: 'transformers', basePath: base.dir }
  throw new StepFailed(
    'architecture_not_servable',
    `Model ${model.id} has ${[...names].join(', ')}: an engine needs ${ggufFile} and a base with a GGUF, or ${peftFiles.join(' and ')}.`,
  )
}

/** Where the engine finds the adapter: a GGUF, or for Transformers the folder `dir`, which is made; null for a base. */
export const adapterPath = async (
  model: ModelRef,
  engine: ServingEngineName,
  { dir, fetch }: { dir: string; fetch: (artifact: Artifact) => Promise<string> },
): Promise<string | null> => {
  if (engine === 'transformers') return await adapterFolder(model, dir, fetch)
  const artifact = model.artifacts.find(({ name }) => name === ggufFile)
  return artifact === undefined ? null : await fetch(artifact)
}

/** The name under which one engine process is shared: that of the base, or of a model that was trained whole. */
export const hostedName = (model: ModelRef): string => (isWholeModel(model) ? model.id : model.base_model)

/**
 * What serves a model that was trained whole, as a base of its own; null for any other. `dir` is made for the Transformers
 * engine, which has read it once the model answers.
 */
export const openWholeModel = async (
  model: ModelRef,
  { dir, fetch }: { dir: string; fetch: (artifact: Artifact) => Promise<string> },
): Promise<ServingChoice | null> => {
  if (!isWholeModel(model)) return null
  const gguf = model.artifacts.find(({ name }) => name === 'model.gguf')
  return gguf === undefined
    ? { engine: 'transformers', basePath: await wholeModelFolder(model, dir, fetch) }
    : { engine: 'llama', basePath: await fetch(gguf) }
}
