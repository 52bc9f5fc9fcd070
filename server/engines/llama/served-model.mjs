import { ApiError } from './api-error.mjs'
import { SequencePool } from './sequence-pool.mjs'

/** The base or an adapter, with its contexts and what it has counted. */
export class ServedModel {
  #open
  #opened = {}

  /**
   * @param {string} name
   * @param {import('node-llama-cpp').LlamaContext[]} contexts
   * @param {{alone: () => Promise<import('node-llama-cpp').LlamaContext[]>, embedding: () => Promise<
   *   import('./embedding-context.mjs').EmbeddingContext[]>}} open opens more, of a single sequence each
   */
  constructor(name, contexts, open) {
    this.name = name
    this.created = Math.floor(Date.now() / 1000)
    this.counters = { prompt_tokens: 0, generated_tokens: 0 }
    this.#open = open
    this.pools = [new SequencePool(contexts)]
  }

  get running() {
    return this.pools.reduce((sum, pool) => sum + pool.running, 0)
  }

  get waiting() {
    return this.pools.reduce((sum, pool) => sum + pool.waiting, 0)
  }

  /** The sequences whose requests are evaluated together. */
  get pool() {
    return this.pools[0]
  }

  /**
   * Sequences that each have a context of their own, opened when first asked for. Sums differ in their last bits with what else is
   * in a batch, and greedy texts then part: only a request that is never batched gives the same text each time.
   */
  alone() {
    return this.#pool('alone')
  }

  /** The place where texts become vectors, opened when first asked for. */
  embedding() {
    return this.#pool('embedding')
  }

  #pool(kind) {
    this.#opened[kind] ??= this.#open[kind]().then(
      (contexts) => {
        const pool = new SequencePool(contexts)
        this.pools.push(pool)
        return pool
      },
      (error) => {
        delete this.#opened[kind] // there may be memory later
        throw error
      },
    )
    return this.#opened[kind]
  }

  /** Resolves when no request runs or waits and its memory is free. */
  async drained() {
    await Promise.allSettled(Object.values(this.#opened)) // who asked for them sees the errors
    for (const pool of this.pools) {
      await pool.drained()
      await pool.dispose()
    }
  }
}

/** The base or adapter of that name. @throws {ApiError} 404 `model_not_found` */
export const servedModel = (host, name) => {
  const served = host.get(name)
  if (served !== undefined) return served
  throw new ApiError(404, 'model_not_found', `No model named ${JSON.stringify(name)} is served here.`, {
    param: 'model',
    hint: `Served: ${host
      .list()
      .map((model) => model.name)
      .join(', ')}.`,
  })
}
