import type { Job } from '../../../../contract/jobs'
import type { Read } from './read-again'

/** What an ingest job was asked to read; the server has filled in every option. */
export const readOf = ({ input }: Job): Read => input as unknown as Read
