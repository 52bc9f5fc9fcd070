import { randomInt } from 'node:crypto'
import { LlamaGrammar, LlamaGrammarEvaluationState } from 'node-llama-cpp'
import { ApiError, unsupported } from './api-error.mjs'
import { TextStream } from './text-stream.mjs'
import { ofTool } from './tools.mjs'

/** Prompt tokens evaluated between two looks at the abort signal. */
const promptChunk = 512

/**
 * Generates one answer, piece by piece.
 *
 * @param {import('./model-host.mjs').ModelHost} host
 * @param {import('./served-model.mjs').ServedModel} served base or adapter
 * @param {number[]} prompt token ids
 * @param {import('./chat-request.mjs').Plan} plan
 * @param {AbortSignal} signal ends the generation within one token; its reason is thrown
 * @returns {AsyncGenerator<{text: string, logprobs: object[], tokens: number, finishReason: 'stop' | 'length' | null}>}
 * `tokens` counts all generated so far, without the end-of-text token; the last piece carries the finish reason.
 */
export async function* generate(host, served, prompt, plan, signal) {
  const limit = Math.min(plan.maxTokens, roomFor(host, prompt))
  const grammar = plan.schema === null ? null : await answerGrammar(host, plan)
  // who sends a seed wants the same text again
  const pool = plan.sampling.seed === undefined ? served.pool : await served.alone()
  yield* pool.use(signal, async function* (sequence) {
    const lastChunk = await evaluateAllButLastChunk(sequence, prompt, signal)
    served.counters.prompt_tokens += prompt.length
    const text = new TextStream((tokens, recent) => host.model.detokenize(tokens, false, recent), plan.stops)
    const options = {
      seed: randomInt(2 ** 32),
      ...plan.sampling,
      ...(grammar === null
        ? {}
        : { grammarEvaluationState: new LlamaGrammarEvaluationState({ model: host.model, grammar }) }),
    }
    const metadata = { confidence: plan.logprobs, probabilities: plan.logprobs && plan.topLogprobs > 0 }
    let tokens = 0
    let logprobs = []
    let finishReason = 'stop' // what it is when the model itself ends the text
    for await (const sampled of sequence.evaluateWithMetadata(lastChunk, metadata, options)) {
      signal.throwIfAborted()
      tokens += 1
      served.counters.generated_tokens += 1
      if (plan.logprobs) logprobs.push(logprobOf(host.model, sampled, plan.topLogprobs))
      const piece = text.push(sampled.token)
      if (text.stopped || tokens >= limit) {
        finishReason = text.stopped ? 'stop' : 'length'
        yield { text: piece, logprobs, tokens, finishReason: null }
        logprobs = []
        break
      }
      if (piece === '') continue
      yield { text: piece, logprobs, tokens, finishReason: null }
      logprobs = []
    }
    const rest = text.end()
    // held back text may turn out to hold a stop string only when its last character is complete
    yield { text: rest, logprobs, tokens, finishReason: text.stopped ? 'stop' : finishReason }
  })
}

/**
 * Log probabilities of a given continuation, in nats, and the likeliest token at each place. For tests that hold an
 * adapter against its reference.
 */
export async function* scoreContinuation(host, served, prompt, continuation, signal) {
  roomFor(host, [...prompt, ...continuation])
  yield* served.pool.use(signal, async function* (sequence) {
    const input = [...prompt, ...continuation.slice(0, -1)].map((token, index) => {
      const next = continuation[index - prompt.length + 1]
      if (next === undefined) return token
      return [
        token,
        { generateNext: { totalLogitWeight: true, logits: { filter: { tokens: [next], includeMax: true } } } },
      ]
    })
    const outputs = await sequence.controlledEvaluate(input)
    served.counters.prompt_tokens += input.length
    yield outputs.slice(prompt.length - 1).map(({ next }, index) => {
      const [topToken, topLogit] = [...next.logits].reduce((best, entry) => (entry[1] > best[1] ? entry : best))
      const logit = next.logits.get(continuation[index])
      return { logprob: logit - topLogit - Math.log(next.totalLogitWeight), topToken }
    })
  })
}

/** Tokens that may follow the prompt. @throws {ApiError} `context_length_exceeded` when none may */
export const roomFor = (host, prompt, param = 'messages') => {
  if (prompt.length < host.contextTokens) return host.contextTokens - prompt.length
  const isChat = param === 'messages'
  throw new ApiError(
    400,
    'context_length_exceeded',
    isChat
      ? `The prompt has ${prompt.length} tokens; the context holds ${host.contextTokens}, the answer included.`
      : `${param} has ${prompt.length} tokens; a text may have ${host.contextTokens - 1}.`,
    {
      param,
      hint: `${isChat ? 'Shorten the messages' : 'Split the text'}, or deploy the model with a larger context_tokens.`,
    },
  )
}

const evaluateAllButLastChunk = async (sequence, prompt, signal) => {
  let from = 0
  for (; prompt.length - from > promptChunk; from += promptChunk) {
    signal.throwIfAborted()
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(from, from + promptChunk))
  }
  signal.throwIfAborted()
  return prompt.slice(from)
}

// The generated grammar demands four line breaks behind the JSON, to be met as a stop string. Without them the model
// can only end the text, which saves those tokens.
const lineBreaksAtEnd = / "\\n\\n\\n\\n" \[\\n\]\*$/m

/** Line breaks and indentation between values cost tokens and say nothing. */
const onOneLine = (grammar) =>
  grammar.replace(
    /^((?:comma-)?whitespace-\S+) ::= .*$/gm,
    (_, name) => `${name} ::= ${name.startsWith('comma') ? '"," ' : ''}[ ]?`,
  )

const answerGrammar = async (host, { schema, tools }) => {
  if (tools === null) return await createGrammar(host, schema, 'response_format.json_schema.schema')
  try {
    return await createGrammar(host, schema, 'tools', onOneLine)
  } catch (error) {
    // the one at fault, if it is a single one
    for (const tool of tools) {
      await createGrammar(host, tool.schema, tool.at).catch((cause) => {
        throw ofTool(tool.name, cause)
      })
    }
    throw error
  }
}

const createGrammar = async (host, schema, field, shape = (grammar) => grammar) => {
  try {
    const { grammar } = await host.llama.createGrammarForJsonSchema(schema)
    return new LlamaGrammar(host.llama, { grammar: shape(grammar.replace(lineBreaksAtEnd, '')) })
  } catch (error) {
    throw unsupported(field, schema, `It cannot be turned into a grammar: ${error.message}`)
  }
}

const logprobOf = (model, { token, confidence, probabilities }, top) => {
  const describe = (id, probability) => {
    const text = model.detokenize([id], true)
    // part of a character has no text of its own
    return {
      token: text,
      logprob: toLogprob(probability),
      bytes: text.includes('\uFFFD') ? null : [...Buffer.from(text)],
    }
  }
  const alternatives =
    top === 0 ? [] : [...probabilities].slice(0, top).map(([id, probability]) => describe(id, probability))
  return { ...describe(token, confidence), top_logprobs: alternatives }
}

// OpenAI's number for "practically impossible"; JSON has no minus infinity
const toLogprob = (probability) => (probability > 0 ? Math.log(probability) : -9999)
