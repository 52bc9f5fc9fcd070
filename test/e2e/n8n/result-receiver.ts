import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a workflow sends its results: a shop system on a loopback port. */
export interface ResultReceiver<Result> {
  url: string
  /** All that came, in the order of arrival. */
  received: Result[]
  /** Resolves when a result with this key has come. */
  arrival(key: string): Promise<void>
  stop(): Promise<void>
}

/** `keyOf` tells what a result answers. */
export const startResultReceiver = async <Result>(
  keyOf: (result: Result) => string,
): Promise<ResultReceiver<Result>> => {
  const received: Result[] = []
  const arrivals = new Map<string, PromiseWithResolvers<void>>()
  const arrivalOf = (key: string): PromiseWithResolvers<void> => {
    const known = arrivals.get(key) ?? Promise.withResolvers<void>()
    arrivals.set(key, known)
    return known
  }
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => (text += part))
    request.on('end', () => {
      const result = JSON.parse(text) as Result
      received.push(result)
      arrivalOf(keyOf(result)).resolve()
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/texts`,
    received,
    arrival: (key) => arrivalOf(key).promise,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
