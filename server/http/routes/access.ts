import type { Selectable } from 'kysely'
import type { z } from 'zod'
import { ForgeError } from '../../contract/errors'
import type { Project, updateProject } from '../../contract/projects'
import { routes } from '../../contract/routes'
import { replicasChanged } from '../../deployments/generations'
import { spentThisMonth } from '../../ledger/budget'
import { usageReport } from '../../ledger/usage-of'
import type { Tx } from '../../storage/database'
import { newId } from '../../storage/new-id'
import { notify } from '../../storage/sql/append-event'
import type { Tables } from '../../storage/tables'
import { hashKey, newKey } from '../api-key'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

const view = (row: Selectable<Tables['app.api_key']>) => ({
  id: row.id,
  object: 'api_key' as const,
  name: row.name,
  scopes: row.scopes,
  project_id: row.project_id,
  created_at: row.created_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
})

const viewProject = async (
  tx: Tx,
  {
    id,
    name,
    require_deployment,
    budget_monthly_cost: cost,
    budget_warn_at,
    created_at,
  }: Selectable<Tables['app.project']>,
  currency: string,
): Promise<Project> => ({
  id,
  object: 'project',
  name,
  require_deployment,
  budget: cost === null ? null : { monthly_cost: cost, warn_at: budget_warn_at },
  spent_this_month: await spentThisMonth(tx, id),
  currency,
  created_at: created_at.toISOString(),
})

/** The columns that a change of the project's settings sets. A budget that is new may be told of anew. */
const settingsOf = ({ require_deployment, budget }: z.infer<typeof updateProject>) => ({
  ...(require_deployment === undefined ? {} : { require_deployment }),
  ...(budget === undefined
    ? {}
    : {
        budget_monthly_cost: budget?.monthly_cost ?? null,
        ...(budget === null ? {} : { budget_warn_at: budget.warn_at }),
        budget_told: null,
      }),
})

/** The project, its keys and usage: who may do what, and what it took. */
export const accessRoutes = (on: Register, { db, prices }: Ports): void => {
  on(routes.getProject, async ({ caller }) =>
    viewProject(
      db,
      await db.selectFrom('app.project').selectAll().where('id', '=', caller.projectId).executeTakeFirstOrThrow(),
      prices.currency,
    ),
  )
  on(routes.updateProject, ({ body, caller }) =>
    db.transaction().execute(async (tx) => {
      const before = await tx
        .selectFrom('app.project')
        .selectAll()
        .where('id', '=', caller.projectId)
        .forUpdate()
        .executeTakeFirstOrThrow()
      const settings = settingsOf(body)
      const isNew = Object.entries(settings).some(
        ([name, value]) => name !== 'budget_told' && before[name as keyof typeof settings] !== value,
      )
      if (!isNew) return await viewProject(tx, before, prices.currency)
      const row = await tx
        .updateTable('app.project')
        .set(settings)
        .where('id', '=', caller.projectId)
        .returningAll()
        .executeTakeFirstOrThrow()
      await tx
        .insertInto('app.audit')
        .values({
          project_id: row.id,
          actor: caller.keyId,
          action: 'project.updated',
          subject: row.id,
          details: JSON.stringify(body),
        })
        .execute()
      // gateways know from memory who may be called
      if (row.require_deployment !== before.require_deployment) await notify(tx, replicasChanged)
      return await viewProject(tx, row, prices.currency)
    }),
  )
  on(routes.getUsage, ({ query, caller }) => usageReport(db, caller.projectId, query, prices.currency))
  on(routes.createApiKey, async ({ body, caller }) => {
    const key = newKey()
    const row = await db
      .insertInto('app.api_key')
      .values({
        id: newId('apiKey'),
        project_id: caller.projectId,
        name: body.name,
        hash: hashKey(key),
        scopes: body.scopes,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return { ...view(row), key }
  })
  on(routes.listApiKeys, async ({ query, caller }) => {
    const page = await pageOfRows(
      db
        .selectFrom('app.api_key')
        .selectAll()
        .where('project_id', '=', caller.projectId)
        .where('revoked_at', 'is', null),
      query,
    )
    return listOf(page.rows.map(view), page.has_more)
  })
  on(routes.deleteApiKey, async ({ params, caller }) => {
    const row = await db
      .updateTable('app.api_key')
      .set({ revoked_at: new Date() })
      .where('id', '=', params.id)
      .where('project_id', '=', caller.projectId)
      .where('revoked_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (!row) throw new ForgeError('api_key_not_found', { id: params.id })
    return { id: row.id, object: 'api_key', deleted: true as const }
  })
}
