import type { FastifyReply, FastifyRequest } from 'fastify'
import { ForgeError } from '../contract/errors'
import type { Opened } from './sessions'

/** Cookies are shared by all ports of a host: two servers of one machine must not sign each other's people out. */
const cookieName = ({ headers }: FastifyRequest): string => {
  const [, port] = /:(\d+)$/.exec(headers.host ?? '') ?? []
  return port === undefined ? 'forge_session' : `forge_session_${port}`
}

/** The secret of the session that a browser sends, or undefined. */
export const sessionSecret = (request: FastifyRequest): string | undefined => request.cookies[cookieName(request)]

/**
 * Out of reach of scripts, and not sent by forms and frames of other sites. `Lax`, not `Strict`: a link in an n8n on
 * another host must find its reader signed in.
 */
export const setSessionCookie = (
  request: FastifyRequest,
  reply: FastifyReply,
  { secret, session }: Opened,
  overTls: boolean,
): void => {
  const expires = new Date(session.expires_at)
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure: overTls, expires } as const
  void reply.setCookie(cookieName(request), secret, options)
}
export const clearSessionCookie = (request: FastifyRequest, reply: FastifyReply): void => {
  void reply.clearCookie(cookieName(request), { path: '/' })
}

/**
 * Refuses a change that another site's page asks for in the name of who is signed in (CSRF). Browsers send Origin with
 * every such call; a caller without one is refused too. Throws origin_not_allowed.
 */
export const checkOrigin = (request: FastifyRequest): void => {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const { origin, host } = request.headers
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === host) return
  throw new ForgeError('origin_not_allowed', { origin: origin ?? 'unknown origin' })
}
