import { stat } from 'node:fs/promises'
import { getLlama, InsufficientMemoryError, LlamaLogLevel } from 'node-llama-cpp'
import { ChatTemplate } from './chat-template.mjs'
import { EmbeddingContext } from './embedding-context.mjs'
import { log } from './events.mjs'
import { ServedModel } from './served-model.mjs'

/** A control command that could not be carried out; `code` goes into the `failed` event. */
export class HostError extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

/**
 * Contexts per model. Two with half of the threads each answer about twice as many requests as one with all of them
 * where a core is taken by somebody else: the threads of a context wait for each other at every layer, contexts never.
 */
const lanesAtMost = 2

/**
 * The weights, and one served model for the base and for each adapter.
 *
 * Each has its own context, so its own KV cache: keys and values computed under one adapter are wrong under another,
 * and llama.cpp finds cached prefixes by tokens alone. Separate contexts make that mix-up impossible.
 */
export class ModelHost {
  #models = new Map()
  #files = new Map()
  #options

  constructor(llama, model, { base, contextTokens, sequences, threads }) {
    this.llama = llama
    this.model = model
    this.base = base
    this.contextTokens = contextTokens
    this.vocabularySize = [...model.iterateAllTokens()].length
    this.template = new ChatTemplate(model)
    this.#options = { sequences, lanes: Math.min(lanesAtMost, threads), threads }
  }

  /**
   * @param {{model_path: string, base: string, context_tokens: number, sequences: number, threads: number}} command
   * `sequences` and `threads` are divided over the contexts of a model; `context_tokens` is per sequence, and lowered to what the model was trained with.
   * @throws {HostError} `model_not_loadable` or `out_of_memory`
   */
  static async load({ model_path, base, context_tokens, sequences, threads }) {
    // maxThreads bounds all contexts together; oversubscribed spin barriers cost several times the speed
    const llama = await getLlama({
      gpu: false,
      build: 'never',
      maxThreads: threads,
      logLevel: LlamaLogLevel.warn,
      logger: (level, message) => log(`llama.cpp ${level}: ${message.trimEnd()}`),
    })
    const model = await explained('model_not_loadable', model_path, () => llama.loadModel({ modelPath: model_path }))
    const contextTokens = Math.min(context_tokens, model.trainContextSize)
    const host = new ModelHost(llama, model, { base, contextTokens, sequences, threads })
    await host.#open(base, 'model_not_loadable', undefined)
    return host
  }

  /** The served model of that name, or undefined. */
  get(name) {
    return this.#models.get(name)
  }

  /** All served models, base first. */
  list() {
    return [...this.#models.values()]
  }

  /** @throws {HostError} `adapter_exists`, `adapter_path_reused`, `adapter_not_loadable` or `out_of_memory` */
  async addAdapter(name, path) {
    if (this.#models.has(name))
      throw new HostError('adapter_exists', `A model named ${name} is served already; remove it first.`)
    await this.#refuseChangedFile(path)
    await this.#open(name, 'adapter_not_loadable', path)
  }

  /** New requests are refused at once; resolves when running ones have ended. @throws {HostError} `adapter_unknown` */
  async removeAdapter(name) {
    const served = this.#models.get(name)
    if (served === undefined || name === this.base) {
      throw new HostError('adapter_unknown', `No adapter named ${name} is served; it may be removed already.`)
    }
    this.#models.delete(name)
    await served.drained()
  }

  async #open(name, code, lora) {
    const { sequences, lanes, threads } = this.#options
    const openOne = (count) =>
      explained(code, lora ?? this.base, () =>
        this.model.createContext({
          contextSize: this.contextTokens,
          sequences: count,
          threads: Math.floor(threads / lanes),
          failedCreationRemedy: false,
          ...(lora === undefined ? {} : { lora }),
        }),
      )
    const open = async (count) => {
      const contexts = []
      for (let lane = 0; lane < lanes; lane += 1) contexts.push(await openOne(count))
      return contexts
    }
    const embedding = () =>
      explained(code, lora ?? this.base, async () => [
        await EmbeddingContext.open(this.model, { contextSize: this.contextTokens, threads, lora }),
      ])
    this.#models.set(
      name,
      new ServedModel(name, await open(Math.ceil(sequences / lanes)), { alone: () => open(1), embedding }),
    )
  }

  // node-llama-cpp keeps adapters by path for the model's whole life: another file at a known path would silently be
  // served with the old weights.
  async #refuseChangedFile(path) {
    const { size, mtimeMs, ino } = await explained('adapter_not_loadable', path, () => stat(path))
    const identity = `${ino}-${size}-${mtimeMs}`
    const known = this.#files.get(path)
    if (known !== undefined && known !== identity) {
      throw new HostError(
        'adapter_path_reused',
        `The file ${path} changed since it was first loaded; give the new adapter a path of its own.`,
      )
    }
    this.#files.set(path, identity)
  }
}

const explained = async (code, subject, work) => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof InsufficientMemoryError) {
      throw new HostError(
        'out_of_memory',
        `Not enough memory for ${subject}: ${error.message} Lower context_tokens or sequences.`,
      )
    }
    throw new HostError(code, `Could not load ${subject}: ${error.message}`)
  }
}
