/**
 * The sequences of some contexts, each lent to one request at a time; first come, first served. A request gets one of
 * the context that is least busy: contexts compute side by side, requests of one context in the same batches.
 */
export class SequencePool {
  #contexts
  #free
  #waiting = []
  #size
  #onDrained = null

  /** @param {import('node-llama-cpp').LlamaContext[]} contexts all their sequences are taken */
  constructor(contexts) {
    this.#contexts = contexts
    this.#free = contexts.map((context) => Array.from({ length: context.totalSequences }, () => context.getSequence()))
    this.#size = this.#idle
  }

  get #idle() {
    return this.#free.reduce((sum, sequences) => sum + sequences.length, 0)
  }

  get running() {
    return this.#size - this.#idle
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

  /** Frees the contexts; call it when drained. */
  async dispose() {
    await Promise.all(this.#contexts.map((context) => context.dispose()))
  }

  #acquire(signal) {
    signal.throwIfAborted()
    const sequence = this.#free.toSorted((a, b) => b.length - a.length)[0].pop()
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
    else this.#free[this.#contexts.indexOf(sequence.context)].push(sequence)
    if (this.running === 0) this.#onDrained?.()
  }
}
