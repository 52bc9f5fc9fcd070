import type { FastifyReply } from 'fastify'

/**
 * Aborts when the caller hangs up before it has its whole answer. The reply is watched, not the request: Node closes
 * a request as soon as its body has been read.
 */
export const clientGone = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
