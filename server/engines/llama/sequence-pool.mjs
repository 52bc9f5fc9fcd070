/**
 * The sequences of one context, lent to one request at a time; first come, first served.
 * Requests that hold sequences of the same context are evaluated in the same batches.
 */
export class SequencePool {
  #context
  #free
  #waiting = []
  #size
  #onDrained = null

  /** @param {import('node-llama-cpp').LlamaContext} context all its sequences are taken */
  constructor(context) {
    this.#context = context
    this.#size = context.totalSequences
    this.#free = Array.from({ length: this.#size }, () => context.getSequence())
  }

  get running() {
    return this.#size - this.#free.length
  }

  get waiting() {
    return this.#waiting.length
  }

  /**
   * Runs `work` with a sequence whose history is empty: nothing of an earlier request can reach this one.
   * @param {AbortSignal} signal leaves the queue when aborted; throws its reason
   */
  async *use(signal, work) {
    const sequence = await this.#acquire(signal)
    try {
      await sequence.clearHistory()
      yield* work(sequence)
    } finally {
      this.#release(sequence)
    }
  }

  /** Resolves when no request runs or waits. */
  drained() {
    if (this.running === 0 && this.waiting === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onDrained = resolve
    })
  }

  /** Frees the context; call it when drained. */
  dispose() {
    return this.#context.dispose()
  }

  #acquire(signal) {
    signal.throwIfAborted()
    const sequence = this.#free.pop()
    if (sequence !== undefined) return Promise.resolve(sequence)
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1)
        reject(signal.reason)
      }
      const entry = (freed) => {
        signal.removeEventListener('abort', leave)
        resolve(freed)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(entry)
    })
  }

  #release(sequence) {
    const next = this.#waiting.shift()
    if (next !== undefined) next(sequence)
    else this.#free.push(sequence)
    if (this.running === 0) this.#onDrained?.()
  }
}
