import type { EventType } from '../../../../contract/events'

const known: Record<EventType, true> = {
  'job.succeeded': true,
  'job.failed': true,
  'job.cancelled': true,
  'job_group.ended': true,
  'dataset.version_created': true,
  'model.created': true,
  'evaluation.completed': true,
  'deployment.ready': true,
  'deployment.failed': true,
  'approval.requested': true,
  'approval.approved': true,
  'approval.rejected': true,
  'approval.expired': true,
  'budget.warning': true,
  'budget.exceeded': true,
}
/** Every event that Forge sends; the compiler checks that none is missing. */
export const eventTypes = Object.keys(known) as EventType[]
