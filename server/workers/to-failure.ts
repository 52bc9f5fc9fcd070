import { z } from 'zod'
import { ApiError } from '../client/client'
import { ForgeError, type ErrorCode } from '../contract/errors'
import { StepFailed } from '../steps/handler'

/** The contract's limit. */
const maxMessage = 4000

const codeOf = (error: unknown): { code: ErrorCode; message: string } => {
  if (error instanceof StepFailed || error instanceof ForgeError) return { code: error.code, message: error.message }
  if (error instanceof ApiError)
    return { code: error.code === 'unreachable' ? 'internal_error' : error.code, message: error.message }
  if (error instanceof z.ZodError)
    return {
      code: 'invalid_request',
      message: `The job's data does not have the expected shape: ${z.prettifyError(error)}`,
    }
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error) }
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return { code: 'disk_full', message: `There is no room left on the worker's disk: ${message}` }
  return { code: 'internal_error', message: `The worker failed: ${message}` }
}

/** What a handler threw, as the job's error. What nobody foresaw is `internal_error`. */
export const toFailure = (error: unknown): { code: ErrorCode; message: string } => {
  const { code, message } = codeOf(error)
  return { code, message: message.slice(0, maxMessage) }
}
