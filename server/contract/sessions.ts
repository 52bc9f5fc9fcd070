import { z } from 'zod'
import { scope } from './api-keys'

/** Seconds that a sign-in link stays good unless it says otherwise: a quarter of an hour. */
export const defaultSignInLinkTimeout_s = 900

export const createSignInLink = z.object({
  expires_in_seconds: z.int().min(10).max(86_400).default(defaultSignInLinkTimeout_s),
})
/** A link that signs one browser in, once, with the rights of the key that made it. */
export const signInLink = z.object({
  object: z.literal('sign_in_link'),
  url: z.string().describe('shown once; only the SHA-256 of its secret is stored'),
  expires_at: z.iso.datetime(),
})

/** The secret of a sign-in link, or a key. */
export const createSession = z.union([
  z.strictObject({ token: z.string().min(1).max(200) }),
  z.strictObject({ api_key: z.string().min(1).max(200) }),
])
/** A browser that is signed in: it acts as the key that signed it in. */
export const session = z.object({
  object: z.literal('session'),
  api_key: z.object({ id: z.string(), name: z.string(), scopes: z.array(scope) }),
  project: z.object({ id: z.string(), name: z.string() }),
  expires_at: z.iso.datetime().describe('moves on while the session is used'),
})
export type Session = z.infer<typeof session>
export const sessionEnded = z.object({ object: z.literal('session'), ended: z.literal(true) })
