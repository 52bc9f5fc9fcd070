import type { Selectable } from 'kysely'
import { ForgeError } from '../../contract/errors'
import { routes } from '../../contract/routes'
import { newId } from '../../storage/new-id'
import type { Tables } from '../../storage/tables'
import { hashKey, newKey } from '../api-key'
import { firstProject, type Caller } from '../authenticate'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

const view = ({ id, name, created_at }: Selectable<Tables['app.project']>) => ({
  id,
  object: 'project' as const,
  name,
  created_at: created_at.toISOString(),
})

/** Who runs the installation may see which projects it has; an admin of one of them may not. */
const checkFirst = ({ projectId }: Caller): void => {
  if (projectId !== firstProject) throw new ForgeError('first_project_only')
}

/** Projects beside the first one. */
export const projectRoutes = (on: Register, { db }: Ports): void => {
  on(routes.createProject, async ({ body: { name }, caller }) => {
    checkFirst(caller)
    const key = newKey()
    return await db.transaction().execute(async (tx) => {
      const project = await tx
        .insertInto('app.project')
        .values({ id: newId('project'), name })
        .onConflict((on) => on.column('name').doNothing())
        .returningAll()
        .executeTakeFirst()
      if (!project) throw new ForgeError('name_taken', { name, by: 'another project' }, { param: 'name' })
      await tx
        .insertInto('app.api_key')
        .values({ id: newId('apiKey'), project_id: project.id, name: 'admin', hash: hashKey(key), scopes: ['admin'] })
        .execute()
      await tx
        .insertInto('app.audit')
        .values({
          project_id: caller.projectId,
          actor: caller.keyId,
          action: 'project.created',
          subject: project.id,
          details: JSON.stringify({ name }),
        })
        .execute()
      return { ...view(project), key }
    })
  })
  on(routes.listProjects, async ({ query, caller }) => {
    checkFirst(caller)
    const page = await pageOfRows(db.selectFrom('app.project').selectAll(), query)
    return listOf(page.rows.map(view), page.has_more)
  })
}
