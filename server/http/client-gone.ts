import type { FastifyReply } from 'fastify'

/** Aborts when the caller hangs up before it has its whole answer; never after a whole answer. */
export const clientGone = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
