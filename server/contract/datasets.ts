import { z } from 'zod'
import { json } from './json'
import { ingestOptions, ingestReport } from './ingest'
import { jobOptions } from './jobs'

/** Where the rows come from: uploaded files, or rows in the call itself. */
export const datasetSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('files'), file_ids: z.array(z.string()).min(1).max(100) }),
  z.object({ type: z.literal('rows'), rows: z.array(z.record(z.string(), json)).min(1).max(10_000) }),
])
export const datasetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'lower case letters, digits, dot, dash, underscore')

export const createDataset = z.object({
  name: datasetName,
  source: datasetSource,
  options: ingestOptions,
  job: jobOptions.prefault({}),
})
export const ingestInput = createDataset.omit({ job: true })
export type IngestInput = z.infer<typeof ingestInput>

export const datasetVersion = z.object({
  id: z.string().describe('`dsv_…`: what jobs pin'),
  version: z.int().positive(),
  rows: z.int(),
  validation_rows: z.int(),
  sha256: z.string().describe('of the training rows'),
  validation_sha256: z.string().nullable(),
  report: ingestReport,
  job_id: z.string(),
  created_at: z.iso.datetime(),
})
export const dataset = z.object({
  id: z.string(),
  object: z.literal('dataset'),
  name: z.string(),
  latest_version: datasetVersion.nullable(),
  created_at: z.iso.datetime(),
})
export type Dataset = z.infer<typeof dataset>
export type DatasetVersion = z.infer<typeof datasetVersion>

export const previewQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(10),
  part: z.enum(['train', 'validation']).default('train'),
})
export const datasetPreview = z.object({ rows: z.array(z.record(z.string(), json)) })
