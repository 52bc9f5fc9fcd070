import { z } from 'zod'
import { airflowErrors } from './error-catalogue/airflow'
import { dataErrors } from './error-catalogue/data'
import type { ErrorEntry, Facts } from './error-catalogue/entry'
import { jobErrors } from './error-catalogue/jobs'
import { modelErrors } from './error-catalogue/models'
import { notFoundErrors } from './error-catalogue/not-found'
import { requestErrors } from './error-catalogue/requests'

/**
 * Every error that Forge answers with: its HTTP status, whether a retry can help, its message and the remedy.
 * `docs/errors.md` is generated from it; a code that is missing there fails the check.
 */
export const errors = {
  ...requestErrors,
  ...notFoundErrors,
  ...jobErrors,
  ...dataErrors,
  ...modelErrors,
  ...airflowErrors,
} satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errors
export const errorCode = z.enum(Object.keys(errors) as [ErrorCode, ...ErrorCode[]])

/** The body of every refused call. */
export const errorBody = z.object({
  error: z.object({
    code: errorCode,
    message: z.string(),
    param: z.string().nullable(),
    type: z.enum([
      'invalid_request_error',
      'authentication_error',
      'permission_error',
      'rate_limit_error',
      'server_error',
    ]),
    hint: z.string(),
    request_id: z.string(),
  }),
})

/** The error of a job that failed. */
export const jobError = z.object({ code: errorCode, message: z.string(), hint: z.string(), retryable: z.boolean() })
export type JobError = z.infer<typeof jobError>

/** An error from the catalogue; the HTTP layer and the job lifecycle both render it. */
export class ForgeError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryable: boolean
  readonly hint: string
  readonly param: string | null

  constructor(code: ErrorCode, facts: Facts = {}, options: { param?: string; hint?: string; cause?: unknown } = {}) {
    const entry: ErrorEntry = errors[code]
    super(entry.message(facts), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ForgeError'
    this.code = code
    this.status = entry.status
    this.retryable = entry.retryable
    this.hint = options.hint ?? entry.hint
    this.param = options.param ?? null
  }

  /** The same error about one part of what was asked, e.g. `jobs.3`. */
  within(place: string): ForgeError {
    const param = this.param === null ? place : `${place}.${this.param}`
    const error = new ForgeError(this.code, {}, { param, hint: this.hint, cause: this })
    error.message = `${place}: ${this.message}`
    return error
  }

  toJobError(): JobError {
    return { code: this.code, message: this.message, hint: this.hint, retryable: this.retryable }
  }
}
