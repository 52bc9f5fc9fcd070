import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { answerUnknownRoute } from './answer-error'

/** The page runs its own scripts only, talks to this server only, and stands in no frame of another site. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/**
 * Serves the built console from `folder` at `/`: its files under /assets, and its page at every address that a browser
 * opens and no route has, so that each view of it can be linked to. Without the folder there is the API alone.
 */
export const serveConsole = async (app: FastifyInstance, folder: string): Promise<void> => {
  if (!existsSync(join(folder, 'index.html'))) {
    app.setNotFoundHandler(answerUnknownRoute)
    return
  }
  // file names carry a hash of their content
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    index: false,
    immutable: true,
    maxAge: '365d',
  })
  const sendPage = (reply: FastifyReply): FastifyReply =>
    reply
      .headers({ ...securityHeaders, 'cache-control': 'no-cache' })
      .sendFile('index.html', folder, { cacheControl: false })
  app.get('/', (_request, reply) => sendPage(reply))
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
    if (!isPage || /^\/(v1|assets|docs)(\/|$)/.test(request.url)) answerUnknownRoute(request)
    return sendPage(reply)
  })
}
