import type { IngestErrorCode } from '../../contract/ingest'

/** A fault of the data or the options, never of the machine: running the step again gives the same answer. */
export class IngestError extends Error {
  override readonly name = 'IngestError'

  constructor(
    readonly code: IngestErrorCode,
    message: string,
    /** What the owner of the data can do about it. */
    readonly hint: string,
  ) {
    super(message)
  }
}
