import { sql } from 'kysely'
import type { ModelRef } from '../../contract/workers'
import type { FineTuneInput } from '../../contract/fine-tuning'
import { artifactHash } from '../artifact-hash'
import type { Tx } from '../database'

/** A checkpoint as a model: its weights without what only a resumed training needs. */
export interface FoundCheckpoint extends ModelRef {
  artifact_hash: string
  /** verdict of the last evaluation of exactly these artifacts */
  gate: 'passed' | 'failed' | null
}

const suffix = /^(.+):ckpt-step-(\d{1,9})$/
/** What only a resumed training needs. */
const trainingFiles: ReadonlySet<string> = new Set(['optimizer.safetensors', 'state.json', 'manifest.json'])

/** The name that a checkpoint is called by: stable while the job runs and after. */
export const checkpointName = (jobId: string, step: number): string =>
  `${jobId.replace(/^job_/, 'ftjob_')}:ckpt-step-${String(step)}`

/**
 * The checkpoint of that name: `<what>:ckpt-step-<n>`, where `what` is a model's id (alone or behind its base), a
 * model's name (the newest that bears it) or a fine-tuning job's id. Undefined when there is none.
 */
export const findCheckpoint = async (db: Tx, projectId: string, name: string): Promise<FoundCheckpoint | undefined> => {
  const [, what, step] = suffix.exec(name) ?? []
  if (what === undefined) return undefined
  const row = await db
    .selectFrom('app.checkpoint as c')
    .innerJoin('app.job as j', 'j.id', 'c.job_id')
    .leftJoin('app.model as m', 'm.job_id', 'j.id')
    .select(['c.job_id', 'c.step', 'c.artifacts', 'j.input', 'm.base_model'])
    .where('j.project_id', '=', projectId)
    .where('j.kind', '=', 'fine-tune')
    .where('c.step', '=', Number(step))
    // a deleted model takes its checkpoints along
    .where('m.deleted_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('m.id', '=', what),
        eb(sql<string>`m.base_model || ':' || m.id`, '=', what),
        eb('m.name', '=', what),
        eb('j.id', '=', what.replace(/^ftjob_/, 'job_')),
      ]),
    )
    .orderBy('j.id', 'desc')
    .executeTakeFirst()
  if (!row) return undefined
  const artifacts = row.artifacts.filter(({ name: file }) => !trainingFiles.has(file))
  const hash = artifactHash(artifacts)
  return {
    id: checkpointName(row.job_id, row.step),
    base_model: row.base_model ?? (await baseOf(db, projectId, (row.input as unknown as FineTuneInput).base_model)),
    artifacts,
    artifact_hash: hash,
    gate: await lastVerdict(db, projectId, hash),
  }
}

/** The base under what a fine-tuning job was told to start from: a base's own name, or that of a tuned model or checkpoint. */
export const baseOf = async (db: Tx, projectId: string, name: string): Promise<string> => {
  const checkpoint = await findCheckpoint(db, projectId, name)
  if (checkpoint) return checkpoint.base_model
  const model = await db
    .selectFrom('app.model')
    .select('base_model')
    .where('project_id', '=', projectId)
    .where('id', '=', name)
    .executeTakeFirst()
  return model?.base_model ?? name
}

const lastVerdict = async (db: Tx, projectId: string, hash: string): Promise<'passed' | 'failed' | null> => {
  const last = await db
    .selectFrom('app.evaluation')
    .select('passed')
    .where('project_id', '=', projectId)
    .where('artifact_hash', '=', hash)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  if (!last) return null
  return last.passed ? 'passed' : 'failed'
}
