import { invalid, unsupported } from './api-error.mjs'
import { roomFor } from './generate.mjs'
import { servedModel } from './served-model.mjs'

const known = new Set(['model', 'input', 'encoding_format', 'dimensions', 'user'])
const mostTexts = 2048

/** POST /v1/embeddings, by the base or an adapter. One text after the other: their context is shared. */
export const embeddings = async ({ host, body, signal }) => {
  const served = servedModel(host, body?.model)
  const { base64, texts } = readRequest(host, body)
  // all are looked at before the first is evaluated
  const inputs = texts.map((text, index) => {
    const tokens = host.template.tokenize(text)
    roomFor(host, tokens, Array.isArray(body.input) ? `input[${index}]` : 'input')
    return tokens
  })
  const pool = await served.embedding()
  const data = []
  for await (const vector of pool.use(signal, (sequence) => vectors(served, sequence, inputs, signal))) {
    data.push({ object: 'embedding', index: data.length, embedding: base64 ? toBase64(vector) : vector })
  }
  const tokens = inputs.reduce((sum, { length }) => sum + length, 0)
  return { object: 'list', data, model: body.model, usage: { prompt_tokens: tokens, total_tokens: tokens } }
}

async function* vectors(served, sequence, inputs, signal) {
  for (const tokens of inputs) {
    signal.throwIfAborted()
    served.counters.prompt_tokens += tokens.length
    yield await sequence.embed(tokens)
  }
}

const readRequest = (host, body) => {
  for (const [field, value] of Object.entries(body)) {
    if (!known.has(field) && value !== null) throw unsupported(field, value, 'Leave it out.')
  }
  const format = body.encoding_format ?? 'float'
  if (format !== 'float' && format !== 'base64')
    throw invalid('encoding_format', `encoding_format is ${JSON.stringify(format)}; use float or base64.`)
  const size = host.model.embeddingVectorSize
  if ((body.dimensions ?? size) !== size)
    throw unsupported('dimensions', body.dimensions, `The vectors of this model have ${size} dimensions.`)
  const texts = Array.isArray(body.input) ? body.input : [body.input]
  if (texts.length === 0 || texts.length > mostTexts || !texts.every((text) => typeof text === 'string' && text !== ''))
    throw invalid('input', `input must be a text or a list of 1 to ${mostTexts} texts, none of them empty.`)
  return { base64: format === 'base64', texts }
}

/** 32-bit floats, little-endian, as OpenAI's clients read them. */
const toBase64 = (vector) => {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
