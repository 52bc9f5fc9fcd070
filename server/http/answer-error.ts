import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { z } from 'zod'
import { ForgeError, type errorBody } from '../contract/errors'

const typeOf = (status: number): z.infer<typeof errorBody>['error']['type'] =>
  status === 401
    ? 'authentication_error'
    : status === 403
      ? 'permission_error'
      : status === 429
        ? 'rate_limit_error'
        : status >= 500
          ? 'server_error'
          : 'invalid_request_error'

/** What Fastify itself refuses before a handler runs, in our words. */
const fromFramework = (error: { code?: string; statusCode?: number; message: string }): ForgeError | null => {
  if (error.code === 'FST_REQ_FILE_TOO_LARGE')
    return new ForgeError('file_too_large', { limit_bytes: 'FORGE_UPLOAD_LIMIT_BYTES' })
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new ForgeError(
      'file_too_large',
      { limit_bytes: 'the JSON limit of 33554432' },
      { hint: 'Upload it as a file and name the file id.' },
    )
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new ForgeError('invalid_request', { detail: error.message })
  return null
}

/** Answers every error as the contract says; what is not from the catalogue is logged whole and shown as `internal_error`. */
export const answerError =
  (log: Logger) =>
  async (thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const error = thrown instanceof ForgeError ? thrown : fromFramework(thrown as Error)
    // who hung up broke its own call off: that is no failure of ours, and nobody reads the answer
    if (!error && !reply.raw.destroyed)
      log.error({ err: thrown, request_id: request.id, route: request.routeOptions.url }, 'a call failed')
    const answer = error ?? new ForgeError('internal_error')
    if (answer.status === 503) void reply.header('retry-after', '5')
    // the OpenAI SDK retries 408, 409, 429 and 5xx unless told not to
    void reply.header('x-should-retry', String(answer.retryable))
    return await reply.status(answer.status).send({
      error: {
        code: answer.code,
        message: answer.message,
        param: answer.param,
        type: typeOf(answer.status),
        hint: answer.hint,
        request_id: request.id,
      },
    })
  }

export const answerUnknownRoute = (request: FastifyRequest): never => {
  throw new ForgeError('route_not_found', { method: request.method, path: request.url })
}
