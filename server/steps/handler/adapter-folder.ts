import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifact } from '../../contract/models'
import type { ModelRef } from '../../contract/workers'
import { StepFailed } from '../handler'

/** An adapter in PEFT's format. */
export const peftFiles = ['adapter_model.safetensors', 'adapter_config.json'] as const

/**
 * The adapter's files in the folder `target`, as PEFT reads it; null for a base model. `fetch` gives the file of an
 * artifact. Throws StepFailed `model_not_loadable`.
 */
export const adapterFolder = async (
  model: ModelRef,
  target: string,
  fetch: (artifact: Artifact) => Promise<string>,
): Promise<string | null> => {
  if (model.artifacts.length === 0) return null
  await mkdir(target, { recursive: true })
  for (const name of peftFiles) {
    const artifact = model.artifacts.find((candidate) => candidate.name === name)
    if (artifact === undefined)
      throw new StepFailed(
        'model_not_loadable',
        `Model ${model.id} has no ${name}; it has ${model.artifacts.map((known) => known.name).join(', ')}.`,
      )
    await copyFile(await fetch(artifact), join(target, name))
  }
  return target
}
