import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../../storage/database'

/** The job of this query speaks of one of these ids in its input. */
export const mentions = (ids: readonly string[]): RawBuilder<boolean> => sql<boolean>`exists (
  select 1 from unnest(${[...ids]}::text[]) known where app.job.input::text like '%' || known || '%')`

/**
 * The dataset versions that were made of a file or of dataset versions, or appended to them, and those made of these, and
 * so on.
 */
export const madeOf = async (db: Db, projectId: string, ids: readonly string[]): Promise<string[]> => {
  const found = new Set<string>()
  for (let next = [...ids]; next.length > 0; ) {
    const made = await db
      .selectFrom('app.dataset_version')
      .innerJoin('app.job', 'app.job.id', 'app.dataset_version.job_id')
      .select('app.dataset_version.id')
      .where('app.job.project_id', '=', projectId)
      .where((eb) => eb.or([mentions(next), eb('app.dataset_version.parent_id', 'in', next)]))
      .execute()
    next = made.map(({ id }) => id).filter((id) => !found.has(id) && !ids.includes(id))
    for (const id of next) found.add(id)
  }
  return [...found]
}
