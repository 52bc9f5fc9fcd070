import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ForgeError } from '../contract/errors'
import type { Body, Params, Query, Reply, Route } from '../contract/route'
import type { Idempotency } from '../jobs/idempotency'
import type { Db } from '../storage/database'
import type { Authenticate, Caller } from './authenticate'
import { hideSecrets } from './hide-secrets'
import { nearestIssue } from './nearest-issue'
import { once } from './once'

export interface Call<R extends Route> {
  params: Params<R>
  query: Query<R>
  body: Body<R>
  caller: Caller
  idempotency: Idempotency
  /**
   * Runs the making once per Idempotency-Key. For handlers whose body is bytes, once they know what was `sent`: of all
   * other routes with `once` the whole handler is run so.
   */
  keyed: <T>(sent: unknown, run: () => Promise<T>) => Promise<T>
  request: FastifyRequest
  reply: FastifyReply
}
type Handler<R extends Route> = (call: Call<R>) => Promise<Reply<R>> | Promise<FastifyReply>
/** Binds a route of the table to its handler. */
export type Register = <R extends Route>(route: R, handler: Handler<R>) => void

const parse = (schema: z.ZodType | undefined, value: unknown, where: string): unknown => {
  if (!schema) return undefined
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  const [first] = result.error.issues
  const issue = first && nearestIssue(first)
  const path = issue?.path.join('.') ?? ''
  const param = path || where
  throw new ForgeError(
    'invalid_request',
    { detail: `${param}: ${issue?.message ?? 'is not valid'}${shown(value, issue?.path ?? [])}.` },
    { param },
  )
}

/** The value that was wrong, when it is short enough to read. */
const shown = (value: unknown, path: readonly PropertyKey[]): string => {
  let at: unknown = value
  for (const key of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined
  const text = at === undefined ? '' : JSON.stringify(at)
  // a mistake in a connection must not repeat its secrets
  if (path.includes('secrets') || text.includes('"secrets"')) return ''
  return text !== '' && text.length <= 80 ? ` (got ${text})` : ''
}

const headerOf = (request: FastifyRequest, name: string): string | null => {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** A raw body is bytes, whatever it says it is: JSON would be parsed, and a body without a type would be missed. */
const asBytes = async (request: FastifyRequest): Promise<void> => {
  request.headers['content-type'] = 'application/octet-stream'
  await Promise.resolve()
}

/**
 * Gives `on(route, handler)`: authenticates, validates input and reply by the table, runs a call once per
 * Idempotency-Key where the table says so, and answers. `hash` disguises secrets in what is kept of a keyed call.
 */
export const registrar =
  (app: FastifyInstance, authenticate: Authenticate, db: Db, hash: (text: string) => string): Register =>
  (route, handler) => {
    const routeName = `${route.method} ${route.path}`
    app.route({
      method: route.method,
      url: route.path,
      ...(route.body === 'raw' ? { onRequest: asBytes } : {}),
      handler: async (request, reply) => {
        const caller = await authenticate(request, route.scope)
        const key = headerOf(request, 'idempotency-key')
        if (key !== null && key.length > 255)
          throw new ForgeError('invalid_request', { detail: 'Idempotency-Key: is longer than 255 characters.' })
        const keyed = <T>(sent: unknown, run: () => Promise<T>): Promise<T> => {
          if (key === null || route.once === undefined) return run()
          const { params, query } = call
          const kept = hideSecrets({ path: params, query, body: sent }, hash)
          const keepAnswer = route.once !== 'secret'
          return once(db, { projectId: caller.projectId, key, route: routeName, sent: kept, keepAnswer }, run)
        }
        const call = {
          params: parse(route.params, request.params, 'path'),
          query: parse(route.query, request.query, 'query'),
          body: typeof route.body === 'object' ? parse(route.body, request.body, 'body') : undefined,
          caller,
          idempotency: {
            key,
            repeated: Number(headerOf(request, 'x-stainless-retry-count') ?? 0) >= 1,
            route: routeName,
            apiKeyId: caller.keyId,
          },
          keyed,
          request,
          reply,
        }
        const run = async (): Promise<unknown> => await handler(call as never)
        const result: unknown = typeof route.body === 'string' ? await run() : await keyed(call.body, run)
        // the handler has answered by itself, or the caller is gone. Fastify's reply is a thenable that ends with the
        // answer: it is neither returned nor compared, it has been awaited above
        if (reply.sent || reply.raw.headersSent || reply.raw.destroyed) return undefined
        if (typeof route.reply === 'string') return await reply.send(result)
        return await reply.status(route.status ?? 200).send(route.reply.parse(result))
      },
    })
  }

export const newRequestId = (): string => `req_${randomUUID().replaceAll('-', '')}`
