import { ForgeError } from '../../contract/errors'
import { routes } from '../../contract/routes'
import type { Ports } from '../ports'
import type { Register } from '../register'
import { checkOrigin, clearSessionCookie, sessionSecret, setSessionCookie } from '../session-cookie'
import { endSession, findSession, makeSignInLink, openByKey, openByLink } from '../sessions'

/** Signing browsers in and out. */
export const sessionRoutes = (on: Register, { db, publicUrl }: Ports): void => {
  const overTls = publicUrl?.startsWith('https:') ?? false
  on(routes.createSignInLink, async ({ body, caller, request }) => {
    const { secret, expiresAt } = await makeSignInLink(db, caller.keyId, body.expires_in_seconds)
    const address = publicUrl?.replace(/\/$/, '') ?? `http://${request.headers.host ?? ''}`
    // behind the #, which browsers keep to themselves: the secret reaches no log and no Referer
    return { object: 'sign_in_link' as const, url: `${address}/sign-in#${secret}`, expires_at: expiresAt.toISOString() }
  })
  on(routes.createSession, async ({ body, request, reply }) => {
    checkOrigin(request)
    const opened = 'token' in body ? await openByLink(db, body.token) : await openByKey(db, body.api_key)
    if (opened === null) throw new ForgeError('token' in body ? 'sign_in_link_invalid' : 'not_authenticated')
    const before = sessionSecret(request)
    if (before !== undefined) await endSession(db, before)
    setSessionCookie(request, reply, opened, overTls)
    return opened.session
  })
  on(routes.getSession, async ({ request, reply }) => {
    const secret = sessionSecret(request)
    const found = secret === undefined ? null : await findSession(db, secret)
    if (secret === undefined || found === null) throw new ForgeError('not_authenticated')
    setSessionCookie(request, reply, { secret, session: found }, overTls)
    return found
  })
  on(routes.deleteSession, async ({ request, reply }) => {
    checkOrigin(request)
    const secret = sessionSecret(request)
    if (secret !== undefined) await endSession(db, secret)
    clearSessionCookie(request, reply)
    return { object: 'session' as const, ended: true as const }
  })
}
