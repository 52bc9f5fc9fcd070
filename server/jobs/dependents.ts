import { ForgeError } from '../contract/errors'
import { cleanJson } from '../storage/clean-text'
import type { Tx } from '../storage/database'
import type { Json } from '../storage/tables'
import { closeAttempt, lockJob, moveJob, type JobRow } from './move-job'
import { isTerminal } from './states'

/** In a waiting job's input: "the `output` of the step `$step`"; filled in when that step has succeeded. */
export interface StepReference {
  $step: string
  output: string
}
const isReference = (value: unknown): value is StepReference =>
  typeof value === 'object' && value !== null && '$step' in value

const resolve = (value: unknown, results: Map<string, Json>): unknown => {
  if (isReference(value)) {
    const found = results.get(value.$step)?.[value.output]
    if (found === undefined)
      throw new ForgeError('recipe_invalid', { detail: `The step "${value.$step}" has no output "${value.output}".` })
    return found
  }
  if (Array.isArray(value)) return value.map((inner) => resolve(inner, results))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, results)]))
  return value
}

/** Unblocks the jobs that waited for this one, or fails them, and ends the recipe run when its last step has ended. */
export const settleDependents = async (tx: Tx, ended: JobRow): Promise<void> => {
  const waiting = await tx
    .selectFrom('app.job_dependency')
    .select('job_id')
    .where('depends_on', '=', ended.id)
    .execute()
  for (const { job_id } of waiting) {
    const job = await lockJob(tx, job_id)
    if (job.status !== 'blocked') continue
    if (ended.status !== 'succeeded') {
      const { message, code } = ended.error ?? { message: 'it was cancelled', code: null }
      const error = new ForgeError('dependency_failed', {
        step: ended.step,
        status: ended.status,
        detail: message,
      }).toJobError()
      await settleDependents(tx, await moveJob(tx, job, 'abandon', { error, event: { cause: code } }))
      continue
    }
    const dependencies = await tx
      .selectFrom('app.job_dependency')
      .innerJoin('app.job', 'app.job.id', 'app.job_dependency.depends_on')
      .select(['app.job.status', 'app.job.step', 'app.job.result'])
      .where('app.job_dependency.job_id', '=', job_id)
      .execute()
    if (dependencies.some(({ status }) => status !== 'succeeded')) continue
    const results = new Map(dependencies.map(({ step, result }) => [step ?? '', result ?? {}]))
    await tx
      .updateTable('app.job')
      .set({ input: cleanJson(resolve(job.input, results)) })
      .where('id', '=', job_id)
      .execute()
    await moveJob(tx, job, 'unblock')
  }
  if (ended.parent_id !== null) await settleParent(tx, ended.parent_id)
}

/** Cancels what is still open of a run that has ended: nothing works on for a run that no one waits for. */
export const cancelChildren = async (tx: Tx, parentId: string): Promise<void> => {
  const children = await tx.selectFrom('app.job').select('id').where('parent_id', '=', parentId).orderBy('id').execute()
  for (const { id } of children) {
    const child = await lockJob(tx, id)
    if (isTerminal(child.status)) continue
    await moveJob(tx, child, 'cancel', { raiseFence: true })
    await closeAttempt(tx, child, 'cancelled')
  }
}

/** A run ends as its children did: `failed` with the error of the child that broke it, or `succeeded` with all results. */
const settleParent = async (tx: Tx, parentId: string): Promise<void> => {
  const parent = await lockJob(tx, parentId)
  if (parent.status !== 'running') return
  const children = await tx.selectFrom('app.job').selectAll().where('parent_id', '=', parentId).orderBy('id').execute()
  const broken = children.find(
    ({ status, error }) => status === 'cancelled' || (status === 'failed' && error?.code !== 'dependency_failed'),
  )
  if (children.some(({ status }) => !['succeeded', 'failed', 'cancelled'].includes(status))) return
  if (broken) {
    const error =
      broken.error ??
      new ForgeError('dependency_failed', {
        step: broken.step,
        status: broken.status,
        detail: 'it was cancelled',
      }).toJobError()
    await moveJob(tx, parent, 'fail', { error: { ...error, message: `Step ${broken.step ?? '?'}: ${error.message}` } })
    return
  }
  await moveJob(tx, parent, 'complete', {
    result: Object.fromEntries(children.map(({ step, id, result }) => [step ?? id, { job_id: id, ...result }])),
  })
}
