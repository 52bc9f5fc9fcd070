import type { Selectable } from 'kysely'
import { ForgeError } from '../../contract/errors'
import type { Project } from '../../contract/projects'
import { routes } from '../../contract/routes'
import { replicasChanged } from '../../deployments/generations'
import { usageReport } from '../../ledger/usage-of'
import { newId } from '../../storage/new-id'
import { notify } from '../../storage/sql/append-event'
import type { Tables } from '../../storage/tables'
import { hashKey, newKey } from '../authenticate'
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

const viewProject = ({ id, name, require_deployment, created_at }: Selectable<Tables['app.project']>): Project => ({
  id,
  object: 'project',
  name,
  require_deployment,
  created_at: created_at.toISOString(),
})

/** The project, its keys and usage: who may do what, and what it took. */
export const accessRoutes = (on: Register, { db, prices }: Ports): void => {
  on(routes.getProject, async ({ caller }) =>
    viewProject(
      await db.selectFrom('app.project').selectAll().where('id', '=', caller.projectId).executeTakeFirstOrThrow(),
    ),
  )
  on(routes.updateProject, ({ body, caller }) =>
    db.transaction().execute(async (tx) => {
      const { require_deployment } = body
      const before = await tx
        .selectFrom('app.project')
        .selectAll()
        .where('id', '=', caller.projectId)
        .forUpdate()
        .executeTakeFirstOrThrow()
      if (require_deployment === undefined || require_deployment === before.require_deployment)
        return viewProject(before)
      const row = await tx
        .updateTable('app.project')
        .set({ require_deployment })
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
          details: JSON.stringify({ require_deployment }),
        })
        .execute()
      // gateways know from memory who may be called
      await notify(tx, replicasChanged)
      return viewProject(row)
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
