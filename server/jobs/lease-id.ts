import { ForgeError } from '../contract/errors'

/** A lease is a job and the fence of one attempt: `job_….3`. */
export const leaseId = (jobId: string, fence: number): string => `${jobId}.${String(fence)}`

export const parseLeaseId = (lease: string): { jobId: string; fence: number } => {
  const [, jobId, fence] = /^(job_[0-9a-z]+)\.(\d+)$/.exec(lease) ?? []
  if (jobId === undefined || fence === undefined) throw new ForgeError('lease_lost', { lease })
  return { jobId, fence: Number(fence) }
}
