import type { Generated } from 'kysely'
import type { EventType } from '../../contract/events'
import type { DeliveryStatus, WebhookEndpointType } from '../../contract/webhook-endpoints'
import type { Json, Jsonb, NullableTime, Time } from './columns'

/** Events of the catalogue and their delivery. */
export interface EventTables {
  'app.event': {
    id: string
    xid: Generated<string>
    project_id: string
    type: EventType
    data: Jsonb<Json>
    created_at: Time
  }
  'app.webhook_endpoint': {
    id: string
    project_id: string
    url: string
    events: EventType[] | null
    description: string
    secret: string
    enabled: Generated<boolean>
    disabled_reason: string | null
    failures: Generated<number>
    type: Generated<WebhookEndpointType>
    connection_id: string | null
    asset: string | null
    created_at: Time
  }
  'app.webhook_delivery': {
    id: string
    endpoint_id: string
    event_id: string
    status: Generated<DeliveryStatus>
    attempts: Generated<number>
    first_attempt_at: NullableTime
    next_attempt_at: NullableTime
    last_status: number | null
    last_error: string | null
    created_at: Time
  }
  'app.event_cursor': { singleton: Generated<boolean>; xid: string; id: string }
}
