import { z } from 'zod'
import { eventType } from './events'

export const webhookEndpointType = z.enum(['http', 'airflow'])
export type WebhookEndpointType = z.infer<typeof webhookEndpointType>

const wanted = {
  events: z.array(eventType).min(1).nullable().default(null).describe('null: all, also those that later versions add'),
  description: z.string().max(500).default(''),
}

/**
 * `http`: where events are POSTed to, signed as Standard Webhooks has it. `airflow`: an asset in Airflow that gets an asset
 * event for each, so that DAGs scheduled on the asset run.
 */
export const createWebhookEndpoint = z.union([
  z.object({
    type: z.literal('http').default('http'),
    url: z.url({ protocol: /^https?$/ }).max(2000),
    ...wanted,
  }),
  z.object({
    type: z.literal('airflow'),
    connection: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .describe('id or name of a connection of type airflow; null: the only one of the project'),
    asset: z.string().min(1).max(1500).describe('name or URI of the asset'),
    ...wanted,
  }),
])
export type CreateWebhookEndpoint = z.infer<typeof createWebhookEndpoint>

export const updateWebhookEndpoint = z.object({
  events: z.array(eventType).min(1).nullable().optional(),
  description: z.string().max(500).optional(),
  enabled: z.boolean().optional(),
})

export const webhookEndpoint = z.object({
  id: z.string(),
  object: z.literal('webhook_endpoint'),
  type: webhookEndpointType,
  url: z.string().describe('of an asset `airflow:<connection>/<asset>`'),
  asset: z
    .object({ connection_id: z.string(), name_or_uri: z.string() })
    .nullable()
    .describe('null where the events go to an address'),
  events: z.array(eventType).nullable(),
  description: z.string(),
  enabled: z.boolean(),
  disabled_reason: z.string().nullable().describe('why Forge switched it off'),
  created_at: z.iso.datetime(),
})
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>

export const createdWebhookEndpoint = webhookEndpoint.extend({
  secret: z.string().describe('`whsec_…`: verifies the signature of what is sent there; an asset event has none'),
})

export const deliveryStatus = z.enum(['pending', 'delivered', 'failed'])
export type DeliveryStatus = z.infer<typeof deliveryStatus>

export const webhookDelivery = z.object({
  id: z.string(),
  object: z.literal('webhook_delivery'),
  event_id: z.string(),
  type: eventType,
  status: deliveryStatus,
  attempts: z.int(),
  last_status: z.int().nullable(),
  last_error: z.string().nullable(),
  next_attempt_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
})
export type WebhookDelivery = z.infer<typeof webhookDelivery>

/** What a test call was answered. */
export const webhookTest = z.object({
  delivered: z.boolean(),
  status: z.int().nullable(),
  answer: z.string().describe('the beginning of the answer, or why nothing was reached'),
})
