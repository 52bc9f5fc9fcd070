import { changeConnection, createConnection, openConnection, viewConnection } from '../../connections/connections'
import { probeConnection } from '../../connections/probe'
import { rotateKey } from '../../connections/rotate-key'
import { routes } from '../../contract/routes'
import { findConnection } from '../../storage/sql/find-connection'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

/** Connections: credentials that go in and never come out. */
export const connectionRoutes = (on: Register, { db, secretKeys, probe }: Ports): void => {
  on(routes.createConnection, ({ body, caller }) => createConnection(db, secretKeys, caller.projectId, body))
  on(routes.listConnections, async ({ query, caller }) => {
    const page = await pageOfRows(
      db.selectFrom('app.connection').selectAll().where('project_id', '=', caller.projectId),
      query,
    )
    return listOf(page.rows.map(viewConnection), page.has_more)
  })
  on(routes.getConnection, async ({ params, caller }) =>
    viewConnection(await findConnection(db, params.id, caller.projectId)),
  )
  on(routes.updateConnection, ({ params, body, caller }) =>
    changeConnection(db, secretKeys, caller.projectId, params.id, body),
  )
  on(routes.deleteConnection, async ({ params, caller }) => {
    const { id } = await findConnection(db, params.id, caller.projectId)
    await db.deleteFrom('app.connection').where('id', '=', id).execute()
    return { id, object: 'connection', deleted: true as const }
  })
  on(routes.testConnection, async ({ params, caller }) =>
    probeConnection(await openConnection(db, secretKeys, caller.projectId, params.id), probe),
  )
  on(routes.rotateSecretKey, () => rotateKey(db, secretKeys))
}
