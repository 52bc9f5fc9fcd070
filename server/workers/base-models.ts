import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { findBaseModelPreset } from '../contract/base-models'
import { StepFailed, type BaseModel } from '../steps/handler'
import { downloadHubModel, isHubName } from './hub-model'

export interface BaseModelOptions {
  /** Holds a folder per preset and per `folder:<name>`. */
  modelsDir: string
  /** Where downloads from the hub are kept. */
  cacheDir: string
  /** Default `https://huggingface.co`. */
  hubEndpoint?: string
}

export interface BaseModels {
  /** A base model on this disk, downloaded first when it is a hub's, with a token of the hub if one is given. Throws StepFailed `model_not_loadable`, `disk_full`. */
  resolve(name: string, signal: AbortSignal, token?: string): Promise<BaseModel>
}

const folderName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
const configFile = z.looseObject({
  architectures: z.array(z.string()).optional(),
  max_position_embeddings: z.int().positive().optional(),
})
/** For a config.json that does not tell. */
const fallbackContext_tokens = 2048

const filesOf = async (dir: string, name: string): Promise<string[]> => {
  try {
    return (await readdir(dir)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const remedy = findBaseModelPreset(name)
      ? 'Run `npm run setup` on the worker.'
      : 'Put it into the models folder of every worker.'
    throw new StepFailed('model_not_loadable', `The base model "${name}" has no folder on this worker. ${remedy}`, {
      cause: error,
    })
  }
}

const readFolder = async (dir: string, name: string): Promise<BaseModel> => {
  const files = await filesOf(dir, name)
  const gguf = files.includes('model.gguf') ? 'model.gguf' : (files.find((file) => file.endsWith('.gguf')) ?? null)
  if (!files.includes('config.json'))
    throw new StepFailed('model_not_loadable', `The folder of the base model "${name}" has no config.json.`)
  let config
  try {
    config = configFile.parse(JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')))
  } catch (error) {
    throw new StepFailed(
      'model_not_loadable',
      `config.json of the base model "${name}" cannot be read: ${String(error)}`,
      { cause: error },
    )
  }
  return {
    dir,
    gguf: gguf === null ? null : join(dir, gguf),
    architecture: config.architectures?.[0] ?? null,
    context_tokens: config.max_position_embeddings ?? fallbackContext_tokens,
  }
}

/** Finds base models by preset, `folder:<name>` or Hugging Face id (`org/name`). */
export const createBaseModels = ({
  modelsDir,
  cacheDir,
  hubEndpoint = 'https://huggingface.co',
}: BaseModelOptions): BaseModels => {
  // two jobs that ask for the same model at once share its download
  const downloads = new Map<string, Promise<string>>()
  const download = async (name: string, signal: AbortSignal, token?: string): Promise<string> => {
    // one that waited for another's download and saw it fail or be cancelled tries for itself
    const other = await downloads.get(name)?.catch(() => undefined)
    if (other !== undefined) return other
    const mine = downloadHubModel({ name, cacheDir, endpoint: hubEndpoint, signal, token }).finally(() => {
      if (downloads.get(name) === mine) downloads.delete(name)
    })
    downloads.set(name, mine)
    return await mine
  }
  return {
    resolve: async (name, signal, token) => {
      if (findBaseModelPreset(name)) return await readFolder(join(modelsDir, name), name)
      if (name.startsWith('folder:')) {
        const folder = name.slice('folder:'.length)
        if (!folderName.test(folder)) {
          throw new StepFailed(
            'model_not_loadable',
            `"${name}" does not name a folder: use letters, digits, dot, dash and underscore, without a path.`,
          )
        }
        return await readFolder(join(modelsDir, folder), name)
      }
      if (isHubName(name)) return await readFolder(await download(name, signal, token), name)
      throw new StepFailed(
        'model_not_loadable',
        `"${name}" is no base model: use a preset, folder:<name>, or a Hugging Face id such as org/name.`,
      )
    },
  }
}
