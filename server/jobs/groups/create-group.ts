import type { CreateJob } from '../../contract/create-job'
import { ForgeError } from '../../contract/errors'
import type { CreateJobGroup } from '../../contract/job-groups'
import type { JobOptions } from '../../contract/jobs'
import { cleanJson } from '../../storage/clean-text'
import type { Db } from '../../storage/database'
import { newId } from '../../storage/new-id'
import { placementOf } from '../../steps/definitions'
import { insertJobs, type NewJob } from '../create'
import type { Idempotency } from '../idempotency'
import { databaseNow } from '../move-job'
import { prepareInput, type ModelPorts } from '../prepare-input'
import { callBackTo } from './callback-of-group'
import { findGroup, rememberGroup } from './find-group'

/** Seconds after which an n8n execution that nobody waits behind is given up, unless the caller says otherwise. */
const orphanAfterSeconds = 900

/**
 * Makes the group, its jobs and its callback in one transaction, or finds the one that the same call made and has its
 * caller called back too. Throws the ForgeError of the first job that cannot be made, with its place in `param`; then
 * there is none of them.
 */
export const createGroup = async (
  db: Db,
  projectId: string,
  request: CreateJobGroup,
  idempotency: Idempotency,
  models: ModelPorts,
): Promise<string> =>
  await db.transaction().execute(async (tx) => {
    const earlier = await findGroup(tx, projectId, idempotency, request)
    if (earlier?.toReplace === true) {
      await tx.updateTable('app.job_group').set({ replaced: true }).where('id', '=', earlier.id).execute()
    } else if (earlier !== null) {
      if (request.callback_url !== null) await callBackTo(tx, earlier.id, request.callback_url)
      return earlier.id
    }
    const id = newId('jobGroup')
    const now = await databaseNow(tx)
    const deadline =
      request.deadline_seconds === null ? null : new Date(now.getTime() + request.deadline_seconds * 1000)
    const byDefault = request.origin?.system === 'n8n' ? orphanAfterSeconds : null
    const orphanAfter = request.orphan_after_seconds === undefined ? byDefault : request.orphan_after_seconds
    await tx
      .insertInto('app.job_group')
      .values({
        id,
        project_id: projectId,
        size: request.jobs.length,
        open: request.jobs.length,
        cancel_reason: null,
        metadata: cleanJson(request.metadata),
        origin: request.origin ? JSON.stringify(request.origin) : null,
        deadline_at: deadline,
        orphan_after_s: orphanAfter,
        ...rememberGroup(idempotency, request),
      })
      .execute()
    const jobs: NewJob[] = []
    for (const [index, member] of request.jobs.entries()) {
      const input = await prepareInput(tx, projectId, member, models).catch((error: unknown) => {
        throw error instanceof ForgeError ? error.within(`jobs.${index}`) : error
      })
      jobs.push({
        projectId,
        kind: member.kind,
        ...placementOf(member.kind, member.job.resources),
        input,
        options: memberOptions(member, request, deadline),
        group: { id, index },
      })
    }
    await insertJobs(tx, jobs)
    if (request.callback_url !== null) await callBackTo(tx, id, request.callback_url)
    return id
  })

/** A member ends with its group at the latest, and is of the group's origin. */
const memberOptions = (member: CreateJob, group: CreateJobGroup, deadline: Date | null): JobOptions => {
  const own = member.job.deadline_at === null ? null : new Date(member.job.deadline_at)
  const earliest = own === null ? deadline : deadline === null || own < deadline ? own : deadline
  return { ...member.job, origin: member.job.origin ?? group.origin, deadline_at: earliest?.toISOString() ?? null }
}
