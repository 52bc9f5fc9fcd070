import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  body: Record<string, unknown>
  text: string
  headers: IncomingHttpHeaders
}
export type Reaction = { status: number; text?: string } | 'drop'

/** A receiver of callbacks on a loopback port that answers as the test says, e.g. as n8n's waiting webhooks do. */
export interface Receiver {
  url: string
  port: number
  received: Received[]
  /** From now on; `drop` closes the connection after it has read the call. */
  react: (how: (call: Received, nth: number) => Reaction | Promise<Reaction>) => void
  /** Resolves with the nth call, from 1, that is no ping. */
  nth: (n: number) => Promise<Received>
  close: () => Promise<void>
}

/** `port` 0 takes a free one; a receiver that comes back takes the one it had. */
export const startReceiver = async (port = 0): Promise<Receiver> => {
  let how: (call: Received, nth: number) => Reaction | Promise<Reaction> = () => ({ status: 200, text: '{"ok":true}' })
  const received: Received[] = []
  const waiting: { n: number; resolve: (call: Received) => void }[] = []
  const calls = (): Received[] => received.filter(({ body }) => body['type'] !== 'ping')
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const call = { body: JSON.parse(text) as Record<string, unknown>, text, headers: request.headers }
      received.push(call)
      const reaction = how(call, calls().length)
      for (const { n, resolve } of waiting) {
        const found = calls()[n - 1]
        if (found) resolve(found)
      }
      void Promise.resolve(reaction).then((answer) => {
        if (answer === 'drop') return request.socket.destroy()
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text ?? '')
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: taken } = server.address() as AddressInfo
  return {
    port: taken,
    url: `http://127.0.0.1:${String(taken)}/webhook-waiting/7?signature=s3cret`,
    received,
    react: (next) => (how = next),
    nth: (n) =>
      new Promise((resolve) => {
        const found = calls()[n - 1]
        if (found) resolve(found)
        else waiting.push({ n, resolve })
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
