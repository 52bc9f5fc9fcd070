/** Tokens may end one character and begin the next; a run of more tokens than this is really broken text. */
const maxHeldTokens = 16

/**
 * Tokens in, text out: a piece leaves only when its last character is complete and it cannot be the start of a stop
 * string. The stop string itself is never part of the text.
 */
export class TextStream {
  #detokenize
  #stops
  #pending = []
  #recent = []
  #held = ''

  /** True once a stop string was met: nothing follows. */
  stopped = false

  /**
   * @param {(tokens: number[], recent: number[]) => string} detokenize
   * @param {string[]} stops
   */
  constructor(detokenize, stops) {
    this.#detokenize = detokenize
    this.#stops = stops
  }

  /** The text that became certain with this token, possibly empty. */
  push(token) {
    this.#pending.push(token)
    const text = this.#detokenize(this.#pending, this.#recent)
    if (text.endsWith('\uFFFD') && this.#pending.length < maxHeldTokens) return ''
    return this.#emit(text)
  }

  /** What is left at the end of the generation. */
  end() {
    if (this.stopped) return ''
    const text = this.#pending.length === 0 ? '' : this.#detokenize(this.#pending, this.#recent)
    const last = this.#emit(text)
    return this.stopped ? last : last + this.#held
  }

  #emit(text) {
    this.#recent = [...this.#recent, ...this.#pending].slice(-8)
    this.#pending = []
    const all = this.#held + text
    const found = this.#stops.map((stop) => all.indexOf(stop)).filter((index) => index >= 0)
    if (found.length > 0) {
      this.stopped = true
      this.#held = ''
      return all.slice(0, Math.min(...found))
    }
    const certain = all.length - this.#stopPrefixAtEnd(all)
    this.#held = all.slice(certain)
    return all.slice(0, certain)
  }

  #stopPrefixAtEnd(text) {
    let longest = 0
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length -= 1) {
        if (text.endsWith(stop.slice(0, length))) longest = length
      }
    }
    return longest
  }
}
