import { z } from 'zod'
import { chatUsage } from '../contract/chat'

/** Tokens of one answer. */
export interface TokenCount {
  promptTokens: number
  completionTokens: number
}

const usageChunk = z.object({ choices: z.array(z.unknown()), usage: chatUsage.nullish() })

export interface StreamRewrite {
  /** the engine's name for the model, and the one that the client asked for */
  from: string
  to: string
  /** the client asked for `stream_options.include_usage` itself */
  showUsage: boolean
}

/**
 * Passes server-sent events on as they are, but for the model's name. We always ask the engine for its usage chunk;
 * a client that did not ask does not see it.
 */
export class EventRewriter {
  #rest = ''
  readonly #decoder = new TextDecoder()
  readonly #from: string
  readonly #to: string
  readonly #showUsage: boolean
  #pieces = 0
  #usage: TokenCount | null = null

  constructor({ from, to, showUsage }: StreamRewrite) {
    this.#from = `"model":${JSON.stringify(from)}`
    this.#to = `"model":${JSON.stringify(to)}`
    this.#showUsage = showUsage
  }

  /** The whole events in what came so far, rewritten. */
  push(bytes: Uint8Array): string {
    this.#rest += this.#decoder.decode(bytes, { stream: true })
    let out = ''
    for (let end = this.#rest.indexOf('\n\n'); end !== -1; end = this.#rest.indexOf('\n\n')) {
      out += this.#event(this.#rest.slice(0, end + 2))
      this.#rest = this.#rest.slice(end + 2)
    }
    return out
  }

  /** What came after the last whole event. */
  end(): string {
    return this.#rest + this.#decoder.decode()
  }

  /** The engine's own count. Of a stream that was broken off: one token per piece, the prompt unknown. */
  get tokens(): TokenCount {
    return this.#usage ?? { promptTokens: 0, completionTokens: this.#pieces }
  }

  #event(event: string): string {
    // inside a JSON string the quotes are escaped, so this finds the field and never a text
    const named = event.replace(this.#from, () => this.#to)
    if (event.includes('"usage":{')) {
      const chunk = usageChunk.safeParse(JSON.parse(event.slice(event.indexOf('{'))))
      if (chunk.data?.usage) {
        const { prompt_tokens, completion_tokens } = chunk.data.usage
        this.#usage = { promptTokens: prompt_tokens, completionTokens: completion_tokens }
        if (!this.#showUsage && chunk.data.choices.length === 0) return ''
      }
    } else if (isPiece(event)) this.#pieces += 1
    return this.#showUsage ? named : named.replace(',"usage":null', '')
  }
}

/** A part of the text, or of a tool call's arguments. */
const isPiece = (event: string): boolean =>
  (event.includes('"content":"') && !event.includes('"content":""')) ||
  (event.includes('"arguments":"') && !event.includes('"arguments":""'))
