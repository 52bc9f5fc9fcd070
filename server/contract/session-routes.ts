import { route } from './route'
import { createSession, createSignInLink, session, sessionEnded, signInLink } from './sessions'

/** How a browser signs in, stays so and signs out. */
export const sessionRoutes = {
  createSignInLink: route({
    once: 'secret',
    method: 'POST',
    path: '/v1/sign_in_links',
    summary: 'A link that signs one browser in, once, with the rights of this key',
    scope: 'read',
    body: createSignInLink,
    reply: signInLink,
    status: 201,
    errors: ['invalid_request'],
  }),
  createSession: route({
    method: 'POST',
    path: '/v1/session',
    summary: 'Sign a browser in: sets an HttpOnly cookie',
    scope: null,
    body: createSession,
    reply: session,
    status: 201,
    errors: ['invalid_request', 'sign_in_link_invalid', 'not_authenticated', 'origin_not_allowed'],
  }),
  getSession: route({
    method: 'GET',
    path: '/v1/session',
    summary: 'Who this browser is',
    scope: null,
    reply: session,
    errors: ['not_authenticated'],
  }),
  deleteSession: route({
    method: 'DELETE',
    path: '/v1/session',
    summary: 'Sign this browser out',
    scope: null,
    reply: sessionEnded,
    errors: ['origin_not_allowed'],
  }),
} as const
