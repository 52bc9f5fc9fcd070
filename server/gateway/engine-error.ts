import { z } from 'zod'
import { ForgeError } from '../contract/errors'

/** Errors as engines write them: OpenAI's shape, `code` a word (llama) or the status (vLLM). */
const engineErrorBody = z.object({
  error: z.object({
    code: z.union([z.string(), z.number()]).nullish(),
    message: z.string(),
    param: z.string().nullish(),
    hint: z.string().nullish(),
  }),
})

/** True: another replica may answer where this one did not, e.g. it crashed or no longer has the model. */
export const mayTryElsewhere = (status: number): boolean => status >= 500 || status === 401 || status === 404

/** An engine's refusal as an error of ours. What the caller can correct keeps its message; the rest is `engine_failed`. */
export const engineError = (status: number, text: string): ForgeError => {
  const parsed = engineErrorBody.safeParse(parseJson(text))
  if (!parsed.success)
    return new ForgeError('engine_failed', { detail: `it answered ${String(status)}: ${text.slice(0, 300)}` })
  const { code, message, param, hint } = parsed.data.error
  const options = { ...(param ? { param } : {}), ...(hint ? { hint } : {}) }
  if (code === 'unsupported_parameter') return new ForgeError('unsupported_parameter', { detail: message }, options)
  // vLLM has no code for it
  if (code === 'context_length_exceeded' || (status === 400 && message.includes('maximum context length')))
    return new ForgeError('context_length_exceeded', { detail: message }, options)
  if (status === 400 || status === 422) return new ForgeError('invalid_request', { detail: message }, options)
  if (status === 413) return new ForgeError('invalid_request', { detail: message }, { hint: 'Send a smaller body.' })
  return new ForgeError('engine_failed', { detail: message }, options)
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON: the caller shows the text itself
  }
}
