import { z } from 'zod'
import { eventType } from './events'

/** Where events are POSTed to, signed as Standard Webhooks has it. */
export const createWebhookEndpoint = z.object({
  url: z.url({ protocol: /^https?$/ }).max(2000),
  events: z.array(eventType).min(1).nullable().default(null).describe('null: all, also those that later versions add'),
  description: z.string().max(500).default(''),
})
export type CreateWebhookEndpoint = z.infer<typeof createWebhookEndpoint>

export const updateWebhookEndpoint = z.object({
  events: z.array(eventType).min(1).nullable().optional(),
  description: z.string().max(500).optional(),
  enabled: z.boolean().optional(),
})

export const webhookEndpoint = z.object({
  id: z.string(),
  object: z.literal('webhook_endpoint'),
  url: z.string(),
  events: z.array(eventType).nullable(),
  description: z.string(),
  enabled: z.boolean(),
  disabled_reason: z.string().nullable().describe('why Forge switched it off'),
  created_at: z.iso.datetime(),
})
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>

export const createdWebhookEndpoint = webhookEndpoint.extend({
  secret: z.string().describe('`whsec_…`: verifies the signature of what is sent there'),
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
