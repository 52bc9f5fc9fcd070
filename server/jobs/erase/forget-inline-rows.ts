import { cleanJson } from '../../storage/clean-text'
import type { Tx } from '../../storage/database'

/**
 * Empties the rows that came in the call itself and so stand in the rows of jobs: of those that made these dataset
 * versions, of the recipe runs they were steps of, and of their groups' request. Remembered requests go as a whole, so
 * their Idempotency-Key, sent again, is refused.
 */
export const forgetInlineRows = async (tx: Tx, versionIds: readonly string[]): Promise<void> => {
  if (versionIds.length === 0) return
  const makers = await tx
    .selectFrom('app.dataset_version')
    .innerJoin('app.job', 'app.job.id', 'app.dataset_version.job_id')
    .select(['app.job.id', 'app.job.parent_id', 'app.job.group_id'])
    .where('app.dataset_version.id', 'in', versionIds)
    .execute()
  const ids = makers.flatMap(({ id, parent_id }) => [id, parent_id]).filter((id) => id !== null)
  for (const { id, input } of await tx.selectFrom('app.job').select(['id', 'input']).where('id', 'in', ids).execute())
    await tx
      .updateTable('app.job')
      .set({ input: cleanJson(withoutRows(input)), request_body: null })
      .where('id', '=', id)
      .execute()
  const groups = makers.map(({ group_id }) => group_id).filter((id) => id !== null)
  if (groups.length > 0)
    await tx.updateTable('app.job_group').set({ request_body: '{}' }).where('id', 'in', groups).execute()
}

const withoutRows = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutRows)
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.entries(value)
  if ('rows' in value && 'type' in value && value.type === 'rows')
    return Object.fromEntries(inner.map(([name, held]) => [name, name === 'rows' ? [] : held]))
  return Object.fromEntries(inner.map(([name, held]) => [name, withoutRows(held)]))
}
