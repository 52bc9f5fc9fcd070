/** A mistake that the person at the shell can mend: what is wrong, and what to do. */
export class CliError extends Error {
  readonly hint: string
  constructor(message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CliError'
    this.hint = hint
  }
}
