import { copyFile, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isWholeModel, type Artifact } from '../../contract/models'
import type { ModelRef } from '../../contract/workers'
import { adapterFolder } from './adapter-folder'

type Fetch = (artifact: Artifact) => Promise<string>

/** The files of a model that was trained whole, in the folder `target`: it loads as a base does. */
export const wholeModelFolder = async (model: ModelRef, target: string, fetch: Fetch): Promise<string> => {
  await mkdir(target, { recursive: true })
  for (const artifact of model.artifacts) await copyFile(await fetch(artifact), join(target, basename(artifact.name)))
  return target
}

/** What the training engine loads for a model: a folder of weights, and the adapter over it where there is one. */
export interface OpenedModel {
  base_model_dir: string
  adapter_dir: string | null
}

/**
 * A model that was trained whole is its own base; any other is its base with its adapter, or the base alone. `baseDir` finds
 * the base; `fetch` gives the file of an artifact. Throws StepFailed `model_not_loadable`.
 */
export const openModel = async (
  model: ModelRef,
  { target, baseDir, fetch }: { target: string; baseDir: () => Promise<string>; fetch: Fetch },
): Promise<OpenedModel> =>
  isWholeModel(model)
    ? { base_model_dir: await wholeModelFolder(model, target, fetch), adapter_dir: null }
    : { base_model_dir: await baseDir(), adapter_dir: await adapterFolder(model, target, fetch) }
