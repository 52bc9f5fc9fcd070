import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands between Airflow and Forge and counts what passes. */
export interface CountingProxy {
  url: string
  /** Calls so far, such as `GET /v1/followers/*` + `/events`; ids are left out. */
  counts: Map<string, number>
  /** Streams that are open now. */
  openStreams: () => number
  stop: () => Promise<void>
}

const routeOf = (method: string, path: string): string =>
  `${method} ${path.replace(/\?.*$/, '').replace(/\/(job_[^/]+|airflow-[^/]+)/g, '/*')}`

/** Passes everything on to `target`, on a free port of its own. */
export const startCountingProxy = async (target: string): Promise<CountingProxy> => {
  const counts = new Map<string, number>()
  let streams = 0
  const server: Server = createServer((incoming, outgoing) => {
    const route = routeOf(incoming.method ?? '', incoming.url ?? '')
    counts.set(route, (counts.get(route) ?? 0) + 1)
    const onward = request(
      `${target}${incoming.url ?? ''}`,
      { method: incoming.method, headers: { ...incoming.headers, host: new URL(target).host } },
      (answer) => {
        if (answer.headers['content-type']?.startsWith('text/event-stream')) {
          streams += 1
          answer.once('close', () => (streams -= 1))
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    openStreams: () => streams,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
