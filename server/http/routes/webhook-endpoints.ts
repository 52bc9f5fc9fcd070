import { routes } from '../../contract/routes'
import type { CreateWebhookEndpoint } from '../../contract/webhook-endpoints'
import { cleanText } from '../../storage/clean-text'
import type { Db } from '../../storage/database'
import { newId } from '../../storage/new-id'
import { notify } from '../../storage/sql/append-event'
import { findAirflowConnection } from '../../storage/sql/find-airflow-connection'
import { accepted } from '../../webhooks/deliver'
import {
  deliveries,
  findEndpoint,
  redeliver,
  saveEndpoint,
  viewDelivery,
  viewEndpoint,
  type NewEndpoint,
} from '../../webhooks/endpoints'
import { viewEvent } from '../../webhooks/read-events'
import { sampleEvent } from '../../webhooks/sample-event'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

/** How much of a receiver's answer a test call shows. */
const shownCharacters = 300

/** Names the connection by its id. Throws where there is none of type airflow. */
const toAsset = async (
  db: Db,
  projectId: string,
  { connection, ...given }: Extract<CreateWebhookEndpoint, { type: 'airflow' }>,
): Promise<NewEndpoint> => ({
  ...given,
  connection_id: (await findAirflowConnection(db, projectId, connection)).id,
})

export const webhookEndpointRoutes = (on: Register, { db, senders, secretBox }: Ports): void => {
  on(routes.createWebhookEndpoint, async ({ body, caller }) => {
    const target = body.type === 'http' ? body : await toAsset(db, caller.projectId, body)
    const row = await saveEndpoint(db, secretBox, caller.projectId, target)
    return { ...viewEndpoint(row), secret: row.secret }
  })
  on(routes.listWebhookEndpoints, async ({ query, caller }) => {
    const rows = db.selectFrom('app.webhook_endpoint').selectAll().where('project_id', '=', caller.projectId)
    const page = await pageOfRows(rows, query)
    return listOf(page.rows.map(viewEndpoint), page.has_more)
  })
  on(routes.getWebhookEndpoint, async ({ params, caller }) =>
    viewEndpoint(await findEndpoint(db, params.id, caller.projectId)),
  )
  on(routes.updateWebhookEndpoint, async ({ params, body, caller }) => {
    const row = await findEndpoint(db, params.id, caller.projectId)
    const changed = await db
      .updateTable('app.webhook_endpoint')
      .set({
        events: body.events === undefined ? row.events : body.events,
        description: body.description === undefined ? row.description : cleanText(body.description),
        enabled: body.enabled ?? row.enabled,
        ...(body.enabled === true ? { disabled_reason: null, failures: 0 } : {}),
      })
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    return viewEndpoint(changed)
  })
  on(routes.deleteWebhookEndpoint, async ({ params, caller }) => {
    const { id } = await findEndpoint(db, params.id, caller.projectId)
    await db.deleteFrom('app.webhook_endpoint').where('id', '=', id).execute()
    return { id, object: 'webhook_endpoint', deleted: true as const }
  })
  on(routes.testWebhookEndpoint, async ({ params, caller }) => {
    const row = await findEndpoint(db, params.id, caller.projectId)
    const { sample, ...event } = await sampleEvent(db, caller.projectId, row.events?.[0] ?? 'job.succeeded')
    const id = newId('webhookMessage') // not the event's: a receiver that has seen it would drop the test
    const body = { ...viewEvent({ ...event, created_at: new Date() }), test: true, sample }
    const answer = await senders[row.type]({ id, endpoint: row, event: body })
    return { delivered: accepted(answer), status: answer.status, answer: answer.text.slice(0, shownCharacters) }
  })
  on(routes.listWebhookDeliveries, async ({ params, query, caller }) => {
    const { id } = await findEndpoint(db, params.id, caller.projectId)
    let rows = deliveries(db).where('endpoint_id', '=', id)
    if (query.after !== undefined) rows = rows.where('app.webhook_delivery.id', '<', query.after)
    const found = await rows
      .orderBy('app.webhook_delivery.id', 'desc')
      .limit(query.limit + 1)
      .execute()
    return listOf(found.slice(0, query.limit).map(viewDelivery), found.length > query.limit)
  })
  on(routes.redeliverWebhook, async ({ params, caller }) =>
    db.transaction().execute(async (tx) => {
      const delivery = await redeliver(tx, params.id, caller.projectId)
      await notify(tx, 'webhook')
      return delivery
    }),
  )
}
