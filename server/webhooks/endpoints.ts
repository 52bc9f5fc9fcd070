import { sql, type Selectable } from 'kysely'
import { ForgeError } from '../contract/errors'
import type { CreateWebhookEndpoint, WebhookDelivery, WebhookEndpoint } from '../contract/webhook-endpoints'
import { cleanText } from '../storage/clean-text'
import type { Db, Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import type { Tables } from '../storage/tables'
import type { SecretBox } from './secret-box'
import { newSigningSecret } from './signing-secret'

type EndpointRow = Selectable<Tables['app.webhook_endpoint']>

/** What `createWebhookEndpoint` takes, with the connection's id in place of its name. */
export type NewEndpoint = Pick<CreateWebhookEndpoint, 'events' | 'description'> &
  ({ type: 'http'; url: string } | { type: 'airflow'; connection_id: string; asset: string })

/**
 * Makes the endpoint, or changes and switches on the one of that address: who registers twice, as an n8n trigger does
 * after a crash, has one endpoint and its secret, which is given in clear. Test and production addresses differ, so neither removes the other.
 */
export const saveEndpoint = async (
  db: Db,
  box: SecretBox,
  projectId: string,
  { events, description, ...target }: NewEndpoint,
): Promise<EndpointRow> => {
  const wanted = { events, description: cleanText(description) }
  const id = newId('webhookEndpoint')
  const row = await db.transaction().execute(
    async (tx) =>
      await tx
        .insertInto('app.webhook_endpoint')
        .values({
          id,
          project_id: projectId,
          ...(target.type === 'http' ? target : { ...target, url: `airflow:${target.connection_id}/${target.asset}` }),
          ...wanted,
          secret: await box.seal(tx, newSigningSecret(), id),
        })
        .onConflict((on) =>
          on
            .columns(['project_id', 'url'])
            .doUpdateSet({ ...wanted, enabled: true, disabled_reason: null, failures: 0 }),
        )
        .returningAll()
        .executeTakeFirstOrThrow(),
  )
  return { ...row, secret: box.open(row.secret, row.id) }
}

export const findEndpoint = async (tx: Tx, id: string, projectId: string): Promise<EndpointRow> => {
  const row = await tx
    .selectFrom('app.webhook_endpoint')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  if (!row) throw new ForgeError('webhook_endpoint_not_found', { id })
  return row
}

export const viewEndpoint = (row: EndpointRow): WebhookEndpoint => ({
  id: row.id,
  object: 'webhook_endpoint',
  type: row.type,
  url: row.url,
  asset:
    row.connection_id === null || row.asset === null
      ? null
      : { connection_id: row.connection_id, name_or_uri: row.asset },
  events: row.events,
  description: row.description,
  enabled: row.enabled,
  disabled_reason: row.disabled_reason,
  created_at: row.created_at.toISOString(),
})

/** Deliveries with their event's type, to be narrowed by the caller. */
export const deliveries = (tx: Tx) =>
  tx
    .selectFrom('app.webhook_delivery')
    .innerJoin('app.event', 'app.event.id', 'app.webhook_delivery.event_id')
    .selectAll('app.webhook_delivery')
    .select('app.event.type')

export const viewDelivery = (
  row: Selectable<Tables['app.webhook_delivery']> & Pick<WebhookDelivery, 'type'>,
): WebhookDelivery => ({
  id: row.id,
  object: 'webhook_delivery',
  event_id: row.event_id,
  type: row.type,
  status: row.status,
  attempts: row.attempts,
  last_status: row.last_status,
  last_error: row.last_error,
  next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
})

/** Sends a delivery again, with a fresh count of tries. Throws `webhook_delivery_not_found`. */
export const redeliver = async (tx: Tx, id: string, projectId: string): Promise<WebhookDelivery> => {
  const known = await tx
    .selectFrom('app.webhook_delivery')
    .innerJoin('app.webhook_endpoint', 'app.webhook_endpoint.id', 'app.webhook_delivery.endpoint_id')
    .select('app.webhook_delivery.id')
    .where('app.webhook_delivery.id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  if (!known) throw new ForgeError('webhook_delivery_not_found', { id })
  await tx
    .updateTable('app.webhook_delivery')
    .set({ status: 'pending', attempts: 0, next_attempt_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .execute()
  return viewDelivery(await deliveries(tx).where('app.webhook_delivery.id', '=', id).executeTakeFirstOrThrow())
}
