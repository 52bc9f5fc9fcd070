import { invalid, unsupported } from './api-error.mjs'
import { roomFor } from './generate.mjs'
import { servedModel } from './served-model.mjs'

const known = new Set(['model', 'input', 'encoding_format', 'user'])

/** POST /v1/embeddings, by the base's weights only. One text after the other: the context is shared. */
export const embeddings = async ({ host, body, signal }) => {
  servedModel(host, body?.model)
  if (body.model !== host.base)
    throw unsupported('model', body.model, `Embeddings come from the base: send ${host.base}.`)
  for (const [field, value] of Object.entries(body)) {
    if (!known.has(field) && value !== null) throw unsupported(field, value, 'Leave it out.')
  }
  if ((body.encoding_format ?? 'float') !== 'float')
    throw unsupported('encoding_format', body.encoding_format, 'Send float.')
  const texts = Array.isArray(body.input) ? body.input : [body.input]
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string' && text !== '')) {
    throw invalid('input', 'input must be a text or a list of texts, none of them empty.')
  }
  const context = await host.embeddingContext()
  const data = []
  let tokens = 0
  for (const [index, text] of texts.entries()) {
    signal.throwIfAborted()
    const ids = host.template.tokenize(text)
    roomFor(host, ids)
    tokens += ids.length
    data.push({ object: 'embedding', index, embedding: (await context.getEmbeddingFor(ids)).vector })
  }
  return { object: 'list', data, model: body.model, usage: { prompt_tokens: tokens, total_tokens: tokens } }
}
