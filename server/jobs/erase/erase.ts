import { sql } from 'kysely'
import type { Erasure } from '../../contract/erasure'
import { ForgeError } from '../../contract/errors'
import { terminalStatuses } from '../../contract/jobs'
import type { BlobStore } from '../../storage/blobs'
import { removeBlob } from '../../storage/collect-blobs'
import type { Db, Tx } from '../../storage/database'
import { namesOfBlob } from '../../storage/sql/names-of-blob'
import { cancelChildren, settleDependents } from '../dependents'
import { closeAttempt, lockJob, moveJob } from '../move-job'
import { isTerminal } from '../states'
import type { Erasable } from './erasable'
import { forgetInlineRows } from './forget-inline-rows'
import { madeOf, mentions } from './made-of'
import { modelsTrainedOn } from './models-trained-on'

/**
 * Removes content at once: hides it, ends the jobs that read it, takes its bytes away unless something else has the same
 * ones, and writes who did it into the audit. Rows stay as tombstones. What was learned from it stays too, so the answer
 * lists the models. Erasing again goes on where the first call stopped.
 */
export const erase = async (db: Db, blobs: BlobStore, what: Erasable, actor: string): Promise<Erasure> => {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable(what.kind === 'file' ? 'app.file' : 'app.dataset')
      .set({
        deleted_at: sql<Date>`coalesce(deleted_at, clock_timestamp())`,
        erased_at: sql<Date>`coalesce(erased_at, clock_timestamp())`,
        erased_by: sql<string>`coalesce(erased_by, ${actor})`,
      })
      .where('id', '=', what.id)
      .execute()
    if (what.kind === 'dataset') await forgetInlineRows(tx, what.ids)
  })
  const ended_jobs: string[] = []
  for (const id of await openReaders(db, what))
    if (await db.transaction().execute((tx) => endReader(tx, id, what))) ended_jobs.push(id)

  const removed: string[] = []
  const kept: Erasure['kept'] = []
  for (const sha256 of new Set(what.sha256s)) {
    const names = await db.transaction().execute((tx) => removeUnnamed(tx, blobs, sha256, actor))
    if (names.length === 0) removed.push(sha256)
    else {
      const own = names.filter(({ project_id }) => project_id === what.projectId)
      kept.push({ sha256, named_by: own.map(({ name }) => name), other_projects: names.length - own.length })
    }
  }
  const derived_datasets = await madeOf(db, what.projectId, what.ids)
  const models = await modelsTrainedOn(db, what.projectId, [...what.ids, ...derived_datasets])
  await db
    .insertInto('app.audit')
    .values({
      project_id: what.projectId,
      actor,
      action: `${what.kind}.erased`,
      subject: what.id,
      details: JSON.stringify({ removed, kept, ended_jobs }),
    })
    .execute()
  return { id: what.id, object: 'erasure', removed, kept, ended_jobs, derived_datasets, models }
}

/** Returns who else needs the bytes: then they stay. */
const removeUnnamed = async (
  tx: Tx,
  blobs: BlobStore,
  sha256: string,
  actor: string,
): Promise<{ project_id: string; name: string }[]> => {
  await tx.selectFrom('app.blob').select('sha256').where('sha256', '=', sha256).forUpdate().execute()
  const names = await namesOfBlob(tx, sha256)
  if (names.length === 0) await removeBlob(tx, blobs, sha256, actor)
  return names
}

const openReaders = async (db: Db, { projectId, ids }: Erasable): Promise<string[]> =>
  (
    await db
      .selectFrom('app.job')
      .select('id')
      .where('project_id', '=', projectId)
      .where('status', 'not in', terminalStatuses)
      .where('kind', '!=', 'recipe') // it ends with its step
      .where(mentions(ids))
      .execute()
  ).map(({ id }) => id)

const endReader = async (tx: Tx, id: string, { kind, id: erased }: Erasable): Promise<boolean> => {
  const job = await lockJob(tx, id)
  if (isTerminal(job.status)) return false
  const error = new ForgeError('input_erased', { what: `the ${kind} ${erased}` }).toJobError()
  const ended = await moveJob(tx, job, 'expire', { error, raiseFence: true })
  await closeAttempt(tx, job, 'cancelled')
  await cancelChildren(tx, id)
  await settleDependents(tx, ended)
  return true
}
