import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { ForgeError } from '../contract/errors'
import { conflict, requestHash } from '../jobs/idempotency'
import { cleanJson } from '../storage/clean-text'
import type { Db } from '../storage/database'
import type { Json } from '../storage/tables'

/** How long an answer is kept under its key. */
const keptFor = sql`interval '1 day'`

/** A first call that has not shown a sign of life for so long died with its server. */
const abandonedSeconds = 60

/** A call that takes longer says so often, in milliseconds. */
const signOfLife_ms = 15_000

/** A twin waits so long for the first call's answer before it is told to come again. */
const wait_ms = 20_000
const pause_ms = 100

export interface KeyedCall {
  projectId: string
  key: string
  route: string
  /** what two calls must have in common: path, query and body, of bytes their hash and name; without secrets in clear */
  sent: Json
  /** false: the answer shows a secret and is not kept */
  keepAnswer: boolean
}

/**
 * Runs a call once per key and day; the same call again gets the stored answer (or `answer_not_kept`), a twin waits
 * for it, and another call under the key is refused. A call that failed is forgotten: it may be tried again.
 *
 * The key is claimed by a row, not by a lock that is held while the call runs: a lock keeps a database connection, the
 * call needs another, and a pool full of waiting twins would never give it one. While the call runs its claim is renewed
 * (every `every_ms`, 15 s unless given), so that one of minutes is not taken for dead. A server that dies between the
 * call's commit and the row's leaves a call that a repeat after a minute makes again.
 */
export const once = async <T>(db: Db, call: KeyedCall, run: () => Promise<T>, every_ms = signOfLife_ms): Promise<T> => {
  const { projectId, key, sent } = call
  const hash = requestHash(call.route, null, sent)
  const end = Date.now() + wait_ms
  while (Date.now() < end) {
    await deletion(db, call)
      .where(
        sql<boolean>`created_at < clock_timestamp() - case when ended_at is null
          then make_interval(secs => ${abandonedSeconds}) else ${keptFor} end`,
      )
      .execute()
    const first = await db
      .insertInto('app.request_key')
      .values({ project_id: projectId, key, request_hash: hash, request_body: cleanJson(sent) })
      .onConflict((on) => on.doNothing())
      .returning('key')
      .executeTakeFirst()
    if (first) return await runFirst(db, call, run, every_ms)
    const known = await db
      .selectFrom('app.request_key')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('key', '=', key)
      .executeTakeFirst()
    if (known && known.request_hash !== hash) throw conflict(key, known.request_body, sent)
    if (known?.ended_at) {
      if (known.answer === null) throw new ForgeError('answer_not_kept', { key })
      return known.answer as T
    }
    await sleep(pause_ms)
  }
  throw new ForgeError('request_in_progress', { key })
}

/** Deletes answers that are older than a day; run it now and then. */
export const forgetAnswers = async (db: Db): Promise<void> => {
  await db
    .deleteFrom('app.request_key')
    .where(sql<boolean>`created_at < clock_timestamp() - ${keptFor}`)
    .execute()
}

const claim = (db: Db, { projectId, key }: KeyedCall) =>
  db.updateTable('app.request_key').where('project_id', '=', projectId).where('key', '=', key)

const deletion = (db: Db, { projectId, key }: KeyedCall) =>
  db.deleteFrom('app.request_key').where('project_id', '=', projectId).where('key', '=', key)

const runFirst = async <T>(db: Db, call: KeyedCall, run: () => Promise<T>, every_ms: number): Promise<T> => {
  const signs = setInterval(() => {
    // one that fails is followed by others; should the database stay away, the call itself fails of it
    claim(db, call)
      .set({ created_at: sql<Date>`clock_timestamp()` })
      .where('ended_at', 'is', null)
      .execute()
      .catch(() => undefined)
  }, every_ms)
  let answer: T
  try {
    answer = await run()
  } catch (error) {
    // should that fail too, the row soon counts as abandoned: the caller learns why the call failed
    await deletion(db, call)
      .execute()
      .catch(() => undefined)
    throw error
  } finally {
    clearInterval(signs)
  }
  await claim(db, call)
    .set({ ended_at: sql<Date>`clock_timestamp()`, answer: call.keepAnswer ? cleanJson(answer) : null })
    .execute()
  return answer
}
