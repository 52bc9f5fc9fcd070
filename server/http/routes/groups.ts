import { routes } from '../../contract/routes'
import { cancelGroup } from '../../jobs/groups/cancel-group'
import { knowsCallback } from '../../jobs/groups/callback-of-group'
import { createGroup } from '../../jobs/groups/create-group'
import { findGroup } from '../../jobs/groups/find-group'
import { checkCallback } from '../../jobs/groups/ping-callbacks'
import { getGroup, groupResults, listGroups } from '../../jobs/groups/view-group'
import { listOf } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

export const groupRoutes = (on: Register, { db, models, prices, postSigned }: Ports): void => {
  on(routes.createJobGroup, async ({ body, caller, idempotency }) => {
    const { callback_url } = body
    if (callback_url !== null) {
      // who asked before finds the group also when nobody waits any more; and no transaction is open during the ping
      const isKnown = await db.transaction().execute(async (tx) => {
        const earlier = await findGroup(tx, caller.projectId, idempotency, body)
        return earlier !== null && !earlier.toReplace && (await knowsCallback(tx, earlier.id, callback_url))
      })
      if (!isKnown) await checkCallback(postSigned, callback_url, caller.projectId)
    }
    const id = await createGroup(db, caller.projectId, body, idempotency, models)
    return await getGroup(db, id, caller.projectId)
  })
  on(routes.listJobGroups, async ({ query, caller }) => {
    const { data, has_more } = await listGroups(db, caller.projectId, query)
    return listOf(data, has_more)
  })
  on(routes.getJobGroup, ({ params, caller }) => getGroup(db, params.id, caller.projectId))
  on(routes.cancelJobGroup, async ({ params, caller }) => {
    await cancelGroup(db, params.id, caller.projectId, 'asked')
    return await getGroup(db, params.id, caller.projectId)
  })
  on(routes.listJobGroupResults, ({ params, query, caller }) =>
    groupResults(db, params.id, caller.projectId, { ...query, currency: prices.currency }),
  )
}
