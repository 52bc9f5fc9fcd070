import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { ApiError, invalid } from './api-error.mjs'
import { chatCompletions } from './chat-completions.mjs'
import { embeddings } from './embeddings.mjs'
import { log } from './events.mjs'
import { scoreContinuation } from './generate.mjs'
import { readMessages } from './messages.mjs'
import { servedModel } from './served-model.mjs'
import { withTools } from './tool-prompt.mjs'

const maxBodyBytes = 16 * 1024 * 1024

/** Each route gets {host, body, signal, res} and returns the JSON answer; undefined when it wrote the answer itself. */
const routes = {
  'GET /health': () => ({ status: 'ok' }),
  'GET /metrics-json': ({ host }) => metrics(host),
  'GET /v1/models': ({ host }) => ({
    object: 'list',
    data: host.list().map(({ name, created }) => ({ id: name, object: 'model', created, owned_by: 'forge' })),
  }),
  'POST /v1/chat/completions': chatCompletions,
  'POST /v1/embeddings': embeddings,
  'POST /tokenize': ({ host, body }) => ({ tokens: tokenize(host, body) }),
  'POST /v1/logprobs': logprobs,
}

/**
 * Listens on a free port of 127.0.0.1; every route demands the bearer token.
 * @returns {Promise<number>} the port
 */
export const startHttp = async (host, token) => {
  const server = createServer((req, res) => void answer(host, digest(`Bearer ${token}`), req, res))
  // longer than the gateway keeps its connections, so that it never writes into one being closed
  server.keepAliveTimeout = 120_000
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return server.address().port
}

const answer = async (host, expected, req, res) => {
  const closed = new AbortController()
  res.on('close', () => closed.abort(new ApiError(499, 'client_closed', 'The client closed the connection.')))
  try {
    if (!timingSafeEqual(digest(req.headers.authorization ?? ''), expected)) {
      throw new ApiError(401, 'unauthorized', 'The bearer token is missing or wrong.')
    }
    const name = `${req.method} ${req.url.split('?')[0]}`
    if (!Object.hasOwn(routes, name)) throw new ApiError(404, 'not_found', `There is no ${name}.`)
    const body = req.method === 'POST' ? await readJson(req) : null
    const reply = await routes[name]({ host, body, signal: closed.signal, res })
    if (reply !== undefined) sendJson(res, 200, reply)
  } catch (error) {
    if (closed.signal.aborted) return // nobody reads the answer
    sendError(res, error)
  }
}

const sendError = (res, error) => {
  if (!(error instanceof ApiError)) log(error.stack ?? String(error))
  const known = error instanceof ApiError ? error : new ApiError(500, 'engine_internal_error', error.message)
  if (!res.headersSent) return sendJson(res, known.status, known.toBody())
  res.end(`data: ${JSON.stringify(known.toBody())}\n\n`)
}

const sendJson = (res, status, body) => {
  const bytes = Buffer.from(JSON.stringify(body))
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length })
  res.end(bytes)
}

const readJson = async (req) => {
  const parts = []
  let size = 0
  for await (const part of req) {
    size += part.length
    if (size > maxBodyBytes)
      throw new ApiError(413, 'request_too_large', `The body has more than ${maxBodyBytes} bytes.`)
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch (error) {
    throw invalid(null, `The body is not JSON: ${error.message}`)
  }
}

const digest = (text) => createHash('sha256').update(text).digest()

const metrics = (host) => {
  const models = Object.fromEntries(
    host.list().map(({ name, running, waiting, counters }) => [name, { running, waiting, ...counters }]),
  )
  const sum = (key) => Object.values(models).reduce((total, model) => total + model[key], 0)
  return {
    running: sum('running'),
    waiting: sum('waiting'),
    prompt_tokens: sum('prompt_tokens'),
    generated_tokens: sum('generated_tokens'),
    models,
  }
}

const tokenize = (host, body) => {
  if (typeof body?.text === 'string') return host.template.tokenize(body.text)
  return host.template.tokens(withTools(readMessages(body?.messages), null), {
    addGenerationPrompt: body?.add_generation_prompt ?? true,
  })
}

async function logprobs({ host, body, signal }) {
  const served = servedModel(host, body?.model)
  const [prompt, continuation] = ['prompt', 'continuation'].map((field) => tokenIds(host, field, body[field]))
  for await (const scores of scoreContinuation(host, served, prompt, continuation, signal)) {
    return { logprobs: scores.map(({ logprob }) => logprob), top_tokens: scores.map(({ topToken }) => topToken) }
  }
}

// an id outside the vocabulary would crash the process
const tokenIds = (host, field, value) => {
  const isId = (id) => Number.isInteger(id) && id >= 0 && id < host.vocabularySize
  if (Array.isArray(value) && value.length > 0 && value.every(isId)) return value
  throw invalid(field, `${field} must be a list of token ids from 0 to ${host.vocabularySize - 1}.`)
}
