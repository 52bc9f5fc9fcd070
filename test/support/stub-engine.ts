import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StubRequest {
  body: Record<string, unknown>
  token: string
}
export interface StubEngine {
  port: number
  token: string
  requests: StubRequest[]
  /** requests whose client went away before the answer was whole */
  aborted: number
  /** Replaces the answer; by default it says `text`, whole or as a stream of one event per word. */
  answer: ((request: StubRequest, res: ServerResponse) => void) | null
  close(): Promise<void>
}

/** A serving engine that speaks OpenAI's wire over real HTTP and says a fixed text. Counts 7 prompt tokens. */
export const startStubEngine = async (
  text = 'two words',
  { token = 'stub-token', pauseMs = 0 } = {},
): Promise<StubEngine> => {
  const server = createServer((req, res) => void answer(req, res))
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of req) parts.push(part as Buffer)
    const request = {
      body: JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>,
      token: (req.headers.authorization ?? '').slice(7),
    }
    engine.requests.push(request)
    res.once('close', () => {
      if (!res.writableFinished) engine.aborted += 1
    })
    if (engine.answer) engine.answer(request, res)
    else if (request.token !== token)
      sendError(res, 401, { code: 'unauthorized', message: 'The bearer token is missing or wrong.' })
    else if (request.body['stream'] === true) await stream(request.body, res)
    else whole(request.body, res)
  }
  const words = text.split(' ')
  const usage = { prompt_tokens: 7, completion_tokens: words.length, total_tokens: 7 + words.length }
  const whole = (body: Record<string, unknown>, res: ServerResponse): void => {
    res.setHeader('content-type', 'application/json')
    res.end(
      JSON.stringify({
        id: 'chatcmpl-1',
        created: 1,
        model: body['model'],
        object: 'chat.completion',
        choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
        usage,
      }),
    )
  }
  const stream = async (body: Record<string, unknown>, res: ServerResponse): Promise<void> => {
    const counted = (body['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage === true
    const send = (choices: unknown[], rest: object): void => {
      res.write(
        `data: ${JSON.stringify({ id: 'chatcmpl-1', created: 1, model: body['model'], object: 'chat.completion.chunk', choices, ...rest })}\n\n`,
      )
    }
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const word of words) {
      send([{ index: 0, delta: { content: word }, finish_reason: null }], counted ? { usage: null } : {})
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      if (res.destroyed) return
    }
    send([{ index: 0, delta: {}, finish_reason: 'stop' }], counted ? { usage: null } : {})
    if (counted) send([], { usage })
    res.end('data: [DONE]\n\n')
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const engine: StubEngine = {
    port: (server.address() as AddressInfo).port,
    token,
    requests: [],
    aborted: 0,
    answer: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return engine
}

/** An error as the engines write it. */
export const sendError = (
  res: ServerResponse,
  status: number,
  error: { code: string; message: string; param?: string },
): void => {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify({ error }))
}
