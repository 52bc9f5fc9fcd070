import { sql } from 'kysely'
import { ForgeError } from '../contract/errors'
import type { Db, Tx } from '../storage/database'
import { emitEvent } from '../storage/sql/emit-event'

const monthStart = sql`date_trunc('month', clock_timestamp() at time zone 'UTC') at time zone 'UTC'`

/** What a project has cost in this calendar month (UTC), in the currency of the price table. */
export const spentThisMonth = async (tx: Tx, projectId: string): Promise<number> => {
  const { rows } = await sql<{ spent: number }>`select coalesce(sum(cost), 0)::float8 as spent from app.ledger_entry
    where project_id = ${projectId} and started_at >= ${monthStart}`.execute(tx)
  return rows[0]?.spent ?? 0
}

/** Refuses what would cost more once the month's budget is used up; what runs already goes on. Throws budget_exceeded. */
export const checkBudget = async (tx: Tx, projectId: string): Promise<void> => {
  const project = await tx
    .selectFrom('app.project')
    .select('budget_monthly_cost')
    .where('id', '=', projectId)
    .where('budget_monthly_cost', 'is not', null)
    .executeTakeFirst()
  if (project?.budget_monthly_cost == null) return
  const spent = await spentThisMonth(tx, projectId)
  if (spent >= project.budget_monthly_cost)
    throw new ForgeError('budget_exceeded', { spent, budget: project.budget_monthly_cost })
}

/** Tells once a month, by an event each, that a budget is nearly used up and that it is. */
export const tellBudgets = async (db: Db): Promise<void> => {
  const projects = await db
    .selectFrom('app.project')
    .select('id')
    .where('budget_monthly_cost', 'is not', null)
    .execute()
  for (const { id } of projects) await db.transaction().execute((tx) => tellBudget(tx, id))
}

const tellBudget = async (tx: Tx, projectId: string): Promise<void> => {
  const project = await tx
    .selectFrom('app.project')
    .select([
      'budget_monthly_cost',
      'budget_warn_at',
      'budget_told',
      sql<string>`to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM')`.as('month'),
    ])
    .where('id', '=', projectId)
    .forUpdate()
    .executeTakeFirst()
  if (project?.budget_monthly_cost == null) return
  const { budget_monthly_cost: budget, budget_warn_at: warnAt, budget_told: told, month } = project
  const spent = await spentThisMonth(tx, projectId)
  const type = spent >= budget ? 'budget.exceeded' : spent >= budget * warnAt ? 'budget.warning' : null
  if (type === null || told === `${month} ${type}` || told === `${month} budget.exceeded`) return
  await tx
    .updateTable('app.project')
    .set({ budget_told: `${month} ${type}` })
    .where('id', '=', projectId)
    .execute()
  await emitEvent(tx, projectId, type, { project_id: projectId, month, spent, monthly_cost: budget })
}
