import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { ForgeError } from '../contract/errors'
import type { JobOptions } from '../contract/jobs'
import type { Tx } from '../storage/database'
import type { Json } from '../storage/tables'
import type { JobRow } from './move-job'

export interface Idempotency {
  key: string | null
  /** the caller's client says that it repeats a call whose answer it did not get */
  repeated: boolean
  route: string
  apiKeyId: string
}

/** JSON with sorted keys, so that equal requests hash equally. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner as Json).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

export const requestHash = (route: string, apiKeyId: string | null, body: unknown): string =>
  createHash('sha256')
    .update(`${route}\n${apiKeyId ?? ''}\n${canonical(body)}`)
    .digest('hex')

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The dotted names of the fields in which two requests differ. */
const differing = (a: Json, b: Json, path = ''): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .sort()
    .filter((name) => canonical(a[name]) !== canonical(b[name]))
    .flatMap((name) => {
      const [left, right] = [a[name], b[name]]
      return isObject(left) && isObject(right) ? differing(left, right, `${path}${name}.`) : [`${path}${name}`]
    })

/** The refusal of a known key with another body; names the fields that differ. */
export const conflict = (key: string, earlier: Json, given: Json): ForgeError =>
  new ForgeError('idempotency_conflict', { key, fields: differing(earlier, given).join(', ') || 'the call' })

/** A request as it is compared: `on_existing` says what to do with an earlier one, so it may differ from it. */
const compared = (body: Json): Json => {
  if (!isObject(body['job'])) return body
  return { ...body, job: Object.fromEntries(Object.entries(body['job']).filter(([name]) => name !== 'on_existing')) }
}

/**
 * The job that this call already made, or null when it is new. With a key, the same body finds its job for as long
 * as the job is kept, and another body is refused. Without one, only a call that says it is a repeat is looked up,
 * for 15 minutes: two equal jobs that are meant are never merged. Must run in the transaction that inserts the job.
 */
export const findEarlier = async (
  tx: Tx,
  projectId: string,
  idempotency: Idempotency,
  given: Json,
  options: JobOptions,
): Promise<JobRow | null> => {
  const body = compared(given)
  const { key } = idempotency
  if (key !== null) {
    // a concurrent twin waits here until the first has committed
    await sql`select pg_advisory_xact_lock(hashtextextended(${`${projectId}/${key}`}, 0))`.execute(tx)
    const earlier = await tx
      .selectFrom('app.job')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('idempotency_key', '=', key)
      .where('replaced', '=', false)
      .executeTakeFirst()
    if (!earlier) return null
    const hash = requestHash(idempotency.route, null, body)
    if (earlier.request_hash !== hash) {
      throw conflict(key, earlier.request_body ?? {}, body)
    }
    if (options.on_existing === 'replace_failed' && (earlier.status === 'failed' || earlier.status === 'cancelled')) {
      await tx.updateTable('app.job').set({ replaced: true }).where('id', '=', earlier.id).execute()
      return null
    }
    return earlier
  }
  if (!idempotency.repeated) return null
  const hash = requestHash(idempotency.route, idempotency.apiKeyId, body)
  await sql`select pg_advisory_xact_lock(hashtextextended(${hash}, 0))`.execute(tx)
  const earlier = await tx
    .selectFrom('app.job')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('request_hash', '=', hash)
    .where('created_at', '>', sql<Date>`clock_timestamp() - interval '15 minutes'`)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return earlier ?? null
}

/** What the new job's row keeps, so that `findEarlier` knows the call again. */
export const remember = (
  { key, route, apiKeyId }: Idempotency,
  given: Json,
): { key: string | null; hash: string; body: Json } => {
  const body = compared(given)
  return { key, hash: requestHash(route, key === null ? apiKeyId : null, body), body }
}
