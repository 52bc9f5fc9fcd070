import type { CreateJob, Job, Page, Reply } from './contract'
import { forge, type ForgeContext } from './transport'

/** What a group is asked to be: its jobs are made together or not at all. */
export interface NewGroup {
  jobs: CreateJob[]
  callback_url: string
  deadline_seconds: number
  /** says that n8n waits: what nobody waits for any more is cancelled */
  origin: { system: 'n8n'; url: null }
  /** what a key gives whose group failed or was cancelled: that one, or a new one */
  on_existing: 'return' | 'replace_failed'
}
/** One member of a group that ended, in the order in which the jobs were given. */
export interface Member {
  index: number
  job: Job
}

export const largestGroup = 1_000
const pageSize = 100

/** Makes a group. The same key again gives the same group. */
export const createGroup = async (
  context: ForgeContext,
  group: NewGroup,
  idempotencyKey: string,
): Promise<{ id: string }> =>
  await forge<{ id: string }>(context, { method: 'POST', path: '/v1/job_groups', body: group, idempotencyKey })

/** Whether all jobs of a group have ended. */
export const groupHasEnded = async (context: ForgeContext, id: string): Promise<boolean> => {
  const { status } = await forge<Reply<'getJobGroup'>>(context, { method: 'GET', path: pathOf(id) })
  return status !== 'running'
}

/** All members of a group, in order. */
export const groupMembers = async (context: ForgeContext, id: string): Promise<Member[]> => {
  const members: Member[] = []
  for (;;) {
    const after = members.at(-1)?.index
    const page = await forge<Page<Member>>(context, {
      method: 'GET',
      path: `${pathOf(id)}/results`,
      query: { limit: pageSize, ...(after === undefined ? {} : { after }) },
    })
    members.push(...page.data)
    if (!page.has_more || page.data.length === 0) return members
  }
}

const pathOf = (id: string): string => `/v1/job_groups/${encodeURIComponent(id)}`
