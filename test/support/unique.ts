import { randomUUID } from 'node:crypto'

/** A name that no other test of the file uses. */
export const unique = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`
