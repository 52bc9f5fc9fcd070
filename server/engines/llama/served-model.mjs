import { ApiError } from './api-error.mjs'
import { SequencePool } from './sequence-pool.mjs'

/** The base or an adapter, with its contexts and what it has counted. */
export class ServedModel {
  #openAlone
  #alone = null

  /**
   * @param {string} name
   * @param {import('node-llama-cpp').LlamaContext} context
   * @param {() => Promise<import('node-llama-cpp').LlamaContext>} openAlone opens one more, of a single sequence
   */
  constructor(name, context, openAlone) {
    this.name = name
    this.created = Math.floor(Date.now() / 1000)
    this.counters = { prompt_tokens: 0, generated_tokens: 0 }
    this.#openAlone = openAlone
    this.pools = [new SequencePool(context)]
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
   * One sequence of a context of its own, opened when first asked for. Sums differ in their last bits with what else is
   * in a batch, and greedy texts then part: only a request that is never batched gives the same text each time.
   */
  alone() {
    this.#alone ??= this.#openAlone().then(
      (context) => {
        const pool = new SequencePool(context)
        this.pools.push(pool)
        return pool
      },
      (error) => {
        this.#alone = null // there may be memory later
        throw error
      },
    )
    return this.#alone
  }

  /** Resolves when no request runs or waits and its memory is free. */
  async drained() {
    await this.#alone?.catch(() => undefined) // who asked for it sees the error
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
