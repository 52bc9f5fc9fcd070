/**
 * A context that gives vectors instead of texts, as a pool sees a context: with a single sequence, which one request has
 * at a time.
 */
export class EmbeddingContext {
  totalSequences = 1
  #context

  constructor(context) {
    this.#context = context
  }

  /**
   * @param {import('node-llama-cpp').LlamaModel} model
   * @param {{contextSize: number, threads: number, lora?: string}} options with `lora`, the adapter's vectors
   */
  static async open(model, { contextSize, threads, lora }) {
    const context = await model.createEmbeddingContext({ contextSize, threads })
    // createContext takes an adapter, createEmbeddingContext does not; it is the same call that both lead to
    if (lora !== undefined) await context._llamaContext._setLoras([{ filePath: lora }])
    return new EmbeddingContext(context)
  }

  getSequence() {
    return this
  }

  get context() {
    return this
  }

  /** Each text starts with an empty history anyway. */
  async clearHistory() {}

  /**
   * The vector of a text, scaled to length 1 as OpenAI's are. Which it is says the GGUF (its pooling); without a word,
   * the state behind the last token.
   * @param {number[]} tokens
   */
  async embed(tokens) {
    const { vector } = await this.#context.getEmbeddingFor(tokens)
    const length = Math.hypot(...vector)
    return length === 0 ? [...vector] : vector.map((value) => value / length)
  }

  async dispose() {
    await this.#context.dispose()
  }
}
