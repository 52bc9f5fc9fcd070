import { z } from 'zod'
import { jobError } from './errors'
import { jobStatus, progress, stepKind, terminalStatuses } from './jobs'

/** Jobs of one follower. */
export const mostFollowed = 10_000

/** Seconds between two looks at the progress of a follower's jobs: Airflow's log is no progress bar. */
export const progressEverySeconds = 5

/** Chosen by the process that waits, and its own: two processes under one id would take each other's jobs away. */
export const byFollower = z.object({
  follower_id: z
    .string()
    .regex(/^[A-Za-z0-9._:~-]{1,200}$/, 'may have 1 to 200 letters, digits and . _ : ~ -')
    .describe('unique to the process that follows, e.g. a UUID made at its start'),
})

export const putFollower = z.object({
  job_ids: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{1,200}$/, 'is no id'))
    .max(mostFollowed)
    .describe('all jobs that it waits for now: the set is replaced, so a repeated or lost call does no harm'),
  lease_seconds: z
    .int()
    .min(5)
    .max(3600)
    .default(60)
    .describe('how long the follower lives without a call or an open stream'),
})
export type PutFollower = z.infer<typeof putFollower>

export const follower = z.object({
  id: z.string(),
  object: z.literal('follower'),
  jobs: z.int().describe('how many jobs it follows'),
  unknown_job_ids: z.array(z.string()).describe('ids that are no jobs of this project; the others are followed'),
  lease_seconds: z.int(),
  expires_at: z.iso.datetime().describe('without a call or an open stream until then it has lapsed'),
})
export type Follower = z.infer<typeof follower>

/** `event: job.ended`, with an id to resume from. At least once per job: a repeat has the same `job_id`. */
export const followedJobEnded = z.object({
  type: z.literal('job.ended'),
  job_id: z.string(),
  kind: stepKind,
  status: z.enum(terminalStatuses),
  error: jobError.nullable(),
  ended_at: z.iso.datetime(),
})

/** `event: job.progress`, without an id: what a job is at, on connecting and when it changed, at most every 5 s. */
export const followedJobProgress = z.object({
  type: z.literal('job.progress'),
  job_id: z.string(),
  status: jobStatus,
  status_reason: z.string().nullable(),
  progress: progress.nullable(),
})

/** The data of a follower's stream. */
export const followerEvent = z.discriminatedUnion('type', [followedJobEnded, followedJobProgress])
export type FollowerEvent = z.infer<typeof followerEvent>
