import { sql, type RawBuilder } from 'kysely'
import type { Tx } from '../database'

/** A job that has not ended speaks of this id in its input. */
export const usedByOpenJob = (id: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql`exists (select 1 from app.job user_job where user_job.status not in ('succeeded', 'failed', 'cancelled')
    and user_job.input::text like '%' || ${id} || '%')`

/**
 * What still needs the bytes of `app.blob` row `blob`: all that is not deleted, and of what is deleted that which an
 * open job reads or a deployment serves or can roll back to. Every place that stores a hash stands here.
 */
const names = sql`
  select file.project_id, file.id as name from app.file file
    where file.sha256 = blob.sha256 and file.erased_at is null
    and (file.deleted_at is null or ${usedByOpenJob(sql`file.id`)})
  union all
  select dataset.project_id, version.id
    from app.dataset_version version join app.dataset dataset on dataset.id = version.dataset_id
    where (version.sha256 = blob.sha256 or version.validation_sha256 = blob.sha256) and dataset.erased_at is null
    and (dataset.deleted_at is null or ${usedByOpenJob(sql`version.id`)})
  union all
  select model.project_id, model.id from app.model model
    where model.artifacts @> jsonb_build_array(jsonb_build_object('sha256', blob.sha256))
    and (model.deleted_at is null or ${usedByOpenJob(sql`model.id`)})
  union all
  select deployment.project_id, deployment.name
    from app.deployment_generation generation join app.deployment deployment on deployment.id = generation.deployment_id
    where generation.state <> 'failed' and generation.model_ref::text like '%' || blob.sha256 || '%'
  union all
  select job.project_id, checkpoint.id from app.checkpoint checkpoint join app.job job on job.id = checkpoint.job_id
    where checkpoint.artifacts @> jsonb_build_array(jsonb_build_object('sha256', blob.sha256))
  union all
  select evaluation.project_id, evaluation.id
    from app.evaluation evaluation join app.dataset_version judged_on on judged_on.id = evaluation.dataset_version_id
    join app.dataset judged_data on judged_data.id = judged_on.dataset_id
    where evaluation.items_sha256 = blob.sha256 and judged_data.erased_at is null
  union all
  select job.project_id, job.id from app.job job where job.result ->> 'rows_sha256' = blob.sha256`

/** Whether anything needs the bytes of `app.blob` row `blob`. */
export const blobIsNamed: RawBuilder<boolean> = sql`exists (${names})`

/**
 * Who needs these bytes. To act on the answer lock the blob's row first, in a statement of its own: one statement sees
 * the other tables as they were before it waited for the lock.
 */
export const namesOfBlob = async (tx: Tx, sha256: string): Promise<{ project_id: string; name: string }[]> => {
  const { rows } = await sql<{ project_id: string; name: string }>`
    select distinct named.project_id, named.name from app.blob blob cross join lateral (${names}) named
    where blob.sha256 = ${sha256} order by 1, 2`.execute(tx)
  return rows
}
