import { randomUUID } from 'node:crypto'

/** Texts and calls as OpenAI's deltas; `tool_calls` of a call's first delta bear its id and name, the rest its arguments. */
const textDelta = (content) => (content === '' ? [] : [{ content }])
const callDelta = (index, text) => (text === '' ? [] : [{ tool_calls: [{ index, function: { arguments: text } }] }])

/** An answer without tools: its text as it comes. */
export class PlainAnswer {
  /** True: the answer is, or ends as, tool calls. */
  called = false

  push(text) {
    return textDelta(text)
  }
}

const opening = /^\s*\{\s*"(response|tool_calls)"\s*:\s*["[]/
const callHead = /^\s*,?\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*/
const escapeAtStart = /^\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])/
const highSurrogate = /^\\u[dD][89abAB][0-9a-fA-F]{2}/

/**
 * Reads the JSON of `answerSchema` while it is written, and gives what is new of it as deltas: characters of the
 * response, or calls and the JSON text of their arguments. The grammar guarantees the form, so an answer that ends early
 * is one that was cut off.
 */
export class ToolAnswer {
  called = false
  #rest = ''
  #read = this.#opening
  #index = -1
  /** inside arguments: open brackets, and whether a string is open */
  #depth = 0
  #inString = false

  /** The deltas that became certain with this text. */
  push(text) {
    this.#rest += text
    const deltas = []
    // each step takes what it can; null = it needs more text
    for (let more = this.#read(); more !== null; more = this.#read()) deltas.push(...more)
    return deltas
  }

  #take(length) {
    const taken = this.#rest.slice(0, length)
    this.#rest = this.#rest.slice(length)
    return taken
  }

  #opening() {
    const found = opening.exec(this.#rest)
    if (found === null) return null
    this.#take(found[0].length)
    this.#read = found[1] === 'response' ? this.#response : this.#call
    return []
  }

  #response() {
    const plain = /^[^"\\]*/.exec(this.#rest)[0]
    if (plain !== '') return textDelta(this.#take(plain.length))
    if (this.#rest.startsWith('"')) {
      this.#take(1)
      this.#read = this.#end
      return []
    }
    const escape = this.#escape()
    return escape === null ? null : textDelta(JSON.parse(`"${this.#take(escape)}"`).toWellFormed())
  }

  /** Length of the whole escape at the start, of both halves of a surrogate pair; null while it is not all there. */
  #escape() {
    const found = escapeAtStart.exec(this.#rest)
    if (found === null) return null
    if (!highSurrogate.test(this.#rest)) return found[0].length
    const second = this.#rest.slice(6, 12)
    if (highSurrogate.test(this.#rest.slice(6)) || !'\\u'.startsWith(second.slice(0, 2))) return 6
    return second.length < 6 ? null : 12
  }

  #call() {
    const found = callHead.exec(this.#rest)
    if (found === null) return null
    this.#take(found[0].length)
    this.called = true
    this.#index += 1
    this.#read = this.#arguments
    const id = `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`
    const name = JSON.parse(found[1])
    return [{ tool_calls: [{ index: this.#index, id, type: 'function', function: { name, arguments: '' } }] }]
  }

  #arguments() {
    if (this.#depth === 0) this.#rest = this.#rest.trimStart()
    let at = 0
    for (; at < this.#rest.length; at += 1) {
      const char = this.#rest[at]
      if (this.#inString) {
        if (char === '"') this.#inString = false
        else if (char === '\\') {
          if (at + 1 === this.#rest.length) break // what is escaped comes with the next text
          at += 1
        }
      } else if (char === '"') this.#inString = true
      else if (char === '{' || char === '[') this.#depth += 1
      else if (char === '}' || char === ']') {
        this.#depth -= 1
        if (this.#depth > 0) continue
        this.#read = this.#callEnd
        return callDelta(this.#index, this.#take(at + 1))
      }
    }
    return at === 0 ? null : callDelta(this.#index, this.#take(at))
  }

  #callEnd() {
    const found = /^\s*\}/.exec(this.#rest)
    if (found === null) return null
    this.#take(found[0].length)
    this.#read = this.#call
    return []
  }

  #end() {
    return null
  }
}
