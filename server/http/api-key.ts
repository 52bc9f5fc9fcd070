import { createHash, randomBytes } from 'node:crypto'

/** What is stored of a key, a session or a sign-in link: SHA-256 suffices, since each has 256 random bits. */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')

const secret = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`
/** Prefixes, so that leaks can be searched for. */
export const newKey = (): string => secret('fk')
export const newSessionSecret = (): string => secret('fs')
export const newSignInSecret = (): string => secret('fl')
