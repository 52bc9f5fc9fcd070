import { sql } from 'kysely'
import type { DeployInput } from '../contract/deployments'
import type { EvaluateInput } from '../contract/evaluations'
import { ForgeError } from '../contract/errors'
import type { FineTuneInput } from '../contract/fine-tuning'
import type { GenerateInput } from '../contract/generations'
import type { IngestInput } from '../contract/datasets'
import type { AppendedTo } from '../contract/ingest'
import type { Lease, ModelRef } from '../contract/workers'
import type { Db } from '../storage/database'
import { versionToAppendTo } from './append'
import { leaseCredentials, type OpenConnection } from './lease-credentials'
import { leaseId } from './lease-id'
import type { JobRow } from './move-job'
import type { ModelPorts } from './prepare-input'

type Blob = Lease['blobs'][number]

/** A file that was deleted after the job was made is still read; one that was erased is not. */
const fileBlob = async (db: Db, job: JobRow, name: string, id: string): Promise<Blob> => {
  const row = await db
    .selectFrom('app.file')
    .select(['sha256', 'filename'])
    .where('id', '=', id)
    .where('project_id', '=', job.project_id)
    .where('erased_at', 'is', null)
    .executeTakeFirst()
  const bytes = row && (await bytesOf(db, row.sha256))
  if (!row || bytes === undefined) throw new ForgeError('input_erased', { what: `the file ${id}` })
  return { name, sha256: row.sha256, bytes, filename: row.filename }
}

/** How many bytes, undefined when they are not there any more. */
const bytesOf = async (db: Db, sha256: string): Promise<number | undefined> =>
  (
    await db
      .selectFrom('app.blob')
      .select('bytes')
      .where('sha256', '=', sha256)
      .where('removed_at', 'is', null)
      .executeTakeFirst()
  )?.bytes

/** As for files: only an erasure takes a pinned version away from a job. */
const datasetBlobs = async (db: Db, job: JobRow, versionId: string, prefix = ''): Promise<Blob[]> => {
  const version = await db
    .selectFrom('app.dataset_version as version')
    .innerJoin('app.dataset as dataset', 'dataset.id', 'version.dataset_id')
    .select(['sha256', 'validation_sha256'])
    .where('version.id', '=', versionId)
    .where('dataset.project_id', '=', job.project_id)
    .where('dataset.erased_at', 'is', null)
    .executeTakeFirst()
  const blob = async (name: string, sha256: string): Promise<Blob> => {
    const bytes = await bytesOf(db, sha256)
    if (bytes === undefined) throw new ForgeError('input_erased', { what: `the dataset version ${versionId}` })
    return { name: prefix + name, sha256, bytes, filename: `${name}.jsonl` }
  }
  if (!version) throw new ForgeError('input_erased', { what: `the dataset version ${versionId}` })
  return [
    await blob('train', version.sha256),
    ...(version.validation_sha256 === null ? [] : [await blob('validation', version.validation_sha256)]),
  ]
}

/** The bytes and models that a job's input speaks of, looked up at the moment of the lease. */
const inputsOf = async (
  db: Db,
  job: JobRow,
  ports: ModelPorts,
  appendTo: AppendedTo | null,
): Promise<{ blobs: Blob[]; models: Record<string, ModelRef> }> => {
  const model = (name: string): Promise<ModelRef> => ports.findModel(db, job.project_id, name)
  switch (job.kind) {
    case 'ingest': {
      const { source } = job.input as unknown as IngestInput
      const blobs =
        source.type === 'files'
          ? await Promise.all(source.file_ids.map((id) => fileBlob(db, job, id, id)))
          : source.type === 'dataset'
            ? await datasetBlobs(db, job, source.dataset)
            : []
      if (appendTo) blobs.push(...(await datasetBlobs(db, job, appendTo.dataset_version_id, 'appended_')))
      return { models: {}, blobs }
    }
    case 'fine-tune': {
      const { data, base_model } = job.input as unknown as FineTuneInput
      const start = await model(base_model)
      // a tuned model or a checkpoint: training goes on from its adapter
      const models: Record<string, ModelRef> = start.artifacts.length === 0 ? {} : { start }
      if (data.type === 'dataset') return { models, blobs: await datasetBlobs(db, job, data.dataset_version_id) }
      const blobs = [await fileBlob(db, job, 'training_file', data.training_file)]
      if (data.validation_file !== null) blobs.push(await fileBlob(db, job, 'validation_file', data.validation_file))
      return { models, blobs }
    }
    case 'evaluate': {
      const input = job.input as unknown as EvaluateInput
      const judged = await model(input.model)
      const baseline =
        input.baseline === null
          ? {}
          : { baseline: await model(input.baseline === 'base' ? judged.base_model : input.baseline) }
      return { models: { model: judged, ...baseline }, blobs: await datasetBlobs(db, job, input.dataset_version_id) }
    }
    case 'deploy':
      return { models: { model: await model((job.input as unknown as DeployInput).model) }, blobs: [] }
    case 'generate': {
      const { source } = job.input as unknown as GenerateInput
      return {
        models: {},
        blobs: source.type === 'products' ? [await fileBlob(db, job, source.file_id, source.file_id)] : [],
      }
    }
    default:
      return { models: {}, blobs: [] }
  }
}

/** What a lease asks of the parts above: models, and the credentials that the input names. */
export interface LeasePorts extends ModelPorts {
  openConnection: OpenConnection
}

/** What the worker gets: the input with its bytes, the last durable checkpoint, and how long the lease holds. */
export const viewLease = async (db: Db, job: JobRow, ports: LeasePorts, leaseSeconds: number): Promise<Lease> => {
  const appendTo = await versionToAppendTo(db, job)
  const inputs = await inputsOf(db, job, ports, appendTo)
  const checkpoint = await db
    .selectFrom('app.checkpoint')
    .selectAll()
    .where('job_id', '=', job.id)
    .orderBy('step', 'desc')
    .executeTakeFirst()
  const left = await db
    .selectFrom('app.job')
    .select(sql<number | null>`(extract(epoch from lease_expires_at - clock_timestamp()) * 1000)::float8`.as('ms'))
    .where('id', '=', job.id)
    .executeTakeFirst()
  return {
    id: leaseId(job.id, job.fence),
    job_id: job.id,
    kind: job.kind,
    fence: job.fence,
    attempt: job.attempt,
    project_id: job.project_id,
    input: job.input as Lease['input'],
    ...inputs,
    append_to: appendTo,
    connections: await leaseCredentials(db, job, ports.openConnection),
    resume: checkpoint ? { step: checkpoint.step, artifacts: checkpoint.artifacts, metrics: checkpoint.metrics } : null,
    micro_batch_divisor: job.micro_batch_divisor,
    resources: job.resources,
    expires_in_ms: Math.max(0, Math.floor(left?.ms ?? leaseSeconds * 1000)),
  }
}
