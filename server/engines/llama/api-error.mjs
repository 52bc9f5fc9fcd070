/** An answer in OpenAI's error shape: `{error: {code, message, param, hint}}` with an HTTP status. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status
   * @param {string} code machine-readable, snake_case
   * @param {string} message names the wrong value
   * @param {{param?: string, hint?: string}} [more] the field at fault, and the remedy
   */
  constructor(status, code, message, { param = null, hint = null } = {}) {
    super(message)
    this.status = status
    this.code = code
    this.param = param
    this.hint = hint
  }

  /** The JSON body. `type` is there because OpenAI's clients print it. */
  toBody() {
    const type = this.status >= 500 ? 'server_error' : 'invalid_request_error'
    return { error: { code: this.code, message: this.message, type, param: this.param, hint: this.hint } }
  }
}

/** 400 `invalid_request`: the field has a value of the wrong kind or outside its range. */
export const invalid = (param, message) => new ApiError(400, 'invalid_request', message, { param })

/** 400 `unsupported_parameter`: the field would change the output and this engine cannot honour it. */
export const unsupported = (param, value, hint) =>
  new ApiError(
    400,
    'unsupported_parameter',
    `The CPU serving engine does not support ${param} (got ${JSON.stringify(value).slice(0, 80)}).`,
    { param, hint },
  )
