import { z } from 'zod'
import { json } from './json'
import { ingestOptions, ingestReport } from './ingest'
import { jobOptions } from './jobs'

const connectionRef = z.string().min(1).max(200).describe('id or name of a connection')

/** Sources that the worker fetches over the network, each address checked when it connects. */
export const networkSource = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('url'),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .refine((text) => !/^https?:\/\/[^/]*@/i.test(text), 'must not contain a password: use a connection'),
    connection: connectionRef.nullable().default(null).describe('type `http`; the URL must be below its base URL'),
  }),
  z.object({
    type: z.literal('s3'),
    uri: z
      .string()
      .max(2048)
      .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.+$/, 'must be s3://bucket/key'),
    connection: connectionRef.describe('type `s3`'),
  }),
  z.object({
    type: z.literal('sql'),
    connection: connectionRef.describe('type `postgres`'),
    query: z.string().min(1).max(20_000).describe('one query; it runs in a read-only transaction'),
    max_rows: z.int().min(1).max(10_000_000).default(100_000).describe('a query that gives more ends the step'),
    timeout_s: z.int().min(1).max(3600).default(300).describe('of the query'),
  }),
])
export type NetworkSource = z.infer<typeof networkSource>

/** Where the rows come from: files, rows in the call itself, a dataset's version, or the network. */
export const datasetSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('files'), file_ids: z.array(z.string()).min(1).max(100) }),
  z.object({ type: z.literal('rows'), rows: z.array(z.record(z.string(), json)).min(1).max(10_000) }),
  z.object({
    type: z.literal('dataset'),
    dataset: z.string().min(1).max(200).describe('id or name (its newest version), or the id of a version'),
  }),
  ...networkSource.options,
])
export const datasetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'lower case letters, digits, dot, dash, underscore')

export const createDataset = z.object({
  name: datasetName,
  source: datasetSource,
  append: z
    .boolean()
    .default(false)
    .describe(
      'the new version begins with the rows of the newest one, each on its side of the split, and adds those of the source that it lacks; a name that is new gets its first version',
    ),
  options: ingestOptions.prefault({}),
  job: jobOptions.prefault({}),
})
export const ingestInput = createDataset.omit({ job: true })
export type IngestInput = z.infer<typeof ingestInput>

export const datasetVersion = z.object({
  id: z.string().describe('`dsv_…`: what jobs pin'),
  version: z.int().positive(),
  parent_version_id: z.string().nullable().describe('the version whose rows it begins with; null: not appended'),
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
