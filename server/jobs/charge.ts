import type { EnergySample } from '../contract/energy-sample'
import type { PriceTable } from '../contract/prices'
import type { Outputs } from '../contract/workers'
import { estimateGap } from '../ledger/estimate-gap'
import { recordSamples, recordTokens, samplesOf, type Account } from '../ledger/record-samples'
import type { Db, Tx } from '../storage/database'
import { leaseId, parseLeaseId } from './lease-id'
import type { JobRow } from './move-job'

const accountOf = (job: Pick<JobRow, 'id' | 'project_id' | 'kind' | 'input'>, fence: number): Account => ({
  owner: leaseId(job.id, fence),
  projectId: job.project_id,
  kind: job.kind,
  jobId: job.id,
  ...(typeof job.input['model'] === 'string' ? { model: job.input['model'] } : {}),
})

/** Charges samples to the attempt of a lease, also when the lease is lost: its energy was used. */
export const chargeAttempt = async (
  db: Db,
  lease: string,
  samples: readonly EnergySample[],
  prices: PriceTable,
): Promise<void> => {
  if (samples.length === 0) return
  const { jobId, fence } = parseLeaseId(lease)
  await db.transaction().execute(async (tx) => {
    // the job's lock first, as everywhere; a fence that was never given away has no account
    const job = await tx
      .selectFrom('app.job')
      .select(['id', 'project_id', 'kind', 'input'])
      .where('id', '=', jobId)
      .where('fence', '>=', fence)
      .forKeyShare()
      .executeTakeFirst()
    if (job) await recordSamples(tx, accountOf(job, fence), samples, prices)
  })
}

/** What a lost worker never reported, until its last sign of life, as an estimate. */
export const chargeGap = async (
  tx: Tx,
  job: JobRow,
  fence: number,
  lastSeen: Date,
  prices: PriceTable,
): Promise<void> => {
  const account = accountOf(job, fence)
  await recordSamples(tx, account, estimateGap(await samplesOf(tx, account.owner), lastSeen), prices)
}

export const chargeTokens = async (tx: Tx, job: JobRow, outputs: Outputs, prices: PriceTable): Promise<void> => {
  const tokens = outputs.kind === 'fine-tune' ? outputs.trained_tokens : 'tokens' in outputs ? outputs.tokens : null
  if (tokens !== null) await recordTokens(tx, accountOf(job, job.fence), tokens, prices.currency)
}
