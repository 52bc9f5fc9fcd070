import { z } from 'zod'

/** Ids are a prefix and a ULID in lower case: they sort by creation. */
export const idPrefixes = {
  project: 'proj',
  apiKey: 'key',
  worker: 'wrk',
  job: 'job',
  jobGroup: 'grp',
  schedule: 'sch',
  webhookMessage: 'msg',
  webhookEndpoint: 'whe',
  webhookDelivery: 'whd',
  file: 'file',
  connection: 'conn',
  dataset: 'ds',
  datasetVersion: 'dsv',
  model: 'model',
  checkpoint: 'ckpt',
  evaluation: 'eval',
  deployment: 'dep',
  approval: 'appr',
  replica: 'rep',
  event: 'evt',
  request: 'req',
} as const

export const byId = z.object({ id: z.string().min(1).max(200) })

/** Paging of every list: newest first, `after` is the last id of the page before. */
export const pageQuery = z.object({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})

/** A page of `item`, in OpenAI's list shape. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ object: z.literal('list'), data: z.array(item), has_more: z.boolean() })

/** `{ id, deleted: true }`, OpenAI's answer to a delete. */
export const deleted = z.object({ id: z.string(), object: z.string(), deleted: z.literal(true) })
