import { sql } from 'kysely'
import type { CreateJobGroup } from '../../contract/job-groups'
import { cleanJson } from '../../storage/clean-text'
import type { Tx } from '../../storage/database'
import type { Json } from '../../storage/tables'
import { conflict, requestHash, type Idempotency } from '../idempotency'

/**
 * A request as it is compared. With a key of its own, two calls are the same whoever is to be called back: another n8n
 * execution that uses the key waits at another address. Without one, the address tells two callers apart.
 */
const compared = (key: string | null, request: CreateJobGroup): Json => {
  const left = key === null ? ['on_existing'] : ['on_existing', 'callback_url']
  return Object.fromEntries(Object.entries(request).filter(([name]) => !left.includes(name)))
}

/** What a new group's row keeps, so that `findGroup` knows the call again. */
export const rememberGroup = ({ key, route, apiKeyId }: Idempotency, request: CreateJobGroup) => {
  const body = compared(key, request)
  return {
    idempotency_key: key,
    request_hash: requestHash(route, key === null ? apiKeyId : null, body),
    request_body: cleanJson(body),
  }
}

/** A group that the same call made; `toReplace`: this call wants another one in its place. */
export interface EarlierGroup {
  id: string
  toReplace: boolean
}

/**
 * The group that this call already made, or null: with a key for as long as the group is kept, else for 15 minutes and
 * only where the call says that it is a repeat. Throws `idempotency_conflict`. Must run in the transaction that makes
 * the group: a concurrent twin waits here until the first has committed.
 */
export const findGroup = async (
  tx: Tx,
  projectId: string,
  idempotency: Idempotency,
  request: CreateJobGroup,
): Promise<EarlierGroup | null> => {
  const { key, repeated } = idempotency
  if (key === null && !repeated) return null
  const { request_hash: hash } = rememberGroup(idempotency, request)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`group/${projectId}/${key ?? hash}`}, 0))`.execute(tx)
  const found = tx
    .selectFrom('app.job_group')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('replaced', '=', false)
  const earlier = await (
    key === null
      ? found
          .where('request_hash', '=', hash)
          .where('created_at', '>', sql<Date>`clock_timestamp() - interval '15 minutes'`)
      : found.where('idempotency_key', '=', key)
  )
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!earlier) return null
  if (key !== null && earlier.request_hash !== hash) throw conflict(key, earlier.request_body, compared(key, request))
  const { id, status } = earlier
  const endedBadly = status !== 'running' && status !== 'succeeded'
  return { id, toReplace: key !== null && request.on_existing === 'replace_failed' && endedBadly }
}
