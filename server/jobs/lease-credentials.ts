import type { IngestInput } from '../contract/datasets'
import type { FineTuneInput } from '../contract/fine-tuning'
import type { Lease } from '../contract/workers'
import type { LeasedConnection } from '../contract/connections'
import type { Tx } from '../storage/database'
import type { JobRow } from './move-job'

/** What the job lifecycle asks of the connections part: one with its secrets. */
export type OpenConnection = (tx: Tx, projectId: string, id: string) => Promise<LeasedConnection>

/** The connection that a job's input names, if it is of a kind that can name one. */
const namedBy = (job: JobRow): string | null => {
  if (job.kind === 'fine-tune') return (job.input as unknown as FineTuneInput).hub_connection ?? null
  if (job.kind !== 'ingest') return null
  const { source } = job.input as unknown as IngestInput
  return 'connection' in source ? source.connection : null
}

/** The credentials that a job names, opened at the moment of its lease. Throws `connection_not_found`, `secret_unreadable`. */
export const leaseCredentials = async (tx: Tx, job: JobRow, open: OpenConnection): Promise<Lease['connections']> => {
  const id = namedBy(job)
  return id === null ? {} : { [id]: await open(tx, job.project_id, id) }
}
