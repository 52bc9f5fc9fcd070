import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands between n8n and Forge, and can lose answers on the way back. */
export interface LossyProxy {
  url: string
  /** From now on so many calls of this path are done by Forge, but their answers never arrive. */
  lose(path: string, count: number): void
  stop(): Promise<void>
}

export const startLossyProxy = async (target: string): Promise<LossyProxy> => {
  let lost = { path: '', count: 0 }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const path = request.url ?? ''
      const headers = Object.entries(request.headers).filter(
        ([name]) => !/^(host|connection|content-length)$/.test(name),
      )
      void fetch(`${target}${path}`, {
        method: request.method ?? 'GET',
        headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
        ...(parts.length === 0 ? {} : { body: Buffer.concat(parts) }),
      }).then(async (answer) => {
        const body = Buffer.from(await answer.arrayBuffer())
        if (path === lost.path && lost.count > 0) {
          lost = { path, count: lost.count - 1 }
          request.socket.destroy()
          return
        }
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    lose: (path, count) => (lost = { path, count }),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
