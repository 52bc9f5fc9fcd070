import type { Generated } from 'kysely'
import type { Scope } from '../../contract/api-keys'
import type { ConnectionType } from '../../contract/connections'
import type { Json, Jsonb, NullableJsonb, NullableTime, Time } from './columns'

/** Projects, keys, connections, and who did what. */
export interface AccessTables {
  'app.project': {
    id: string
    name: string
    created_at: Time
    signing_secret: string | null
    require_deployment: Generated<boolean>
    budget_monthly_cost: number | null
    budget_warn_at: Generated<number>
    budget_told: string | null
  }
  'app.api_key': {
    id: string
    project_id: string
    name: string
    hash: string
    scopes: Scope[]
    created_at: Time
    last_used_at: NullableTime
    revoked_at: NullableTime
  }
  'app.sign_in_link': {
    hash: string
    api_key_id: string
    created_at: Time
    expires_at: Date
  }
  'app.session': {
    hash: string
    api_key_id: string
    created_at: Time
    expires_at: Date
  }
  'app.request_key': {
    project_id: string
    key: string
    request_hash: string
    request_body: Jsonb<Json>
    answer: NullableJsonb<Json>
    ended_at: NullableTime
    created_at: Time
  }
  'app.connection': {
    id: string
    project_id: string
    name: string
    type: ConnectionType
    settings: Jsonb<Json>
    secrets: string
    created_at: Time
    updated_at: Generated<Date>
  }
  'app.audit': {
    id: Generated<number>
    project_id: string
    actor: string
    action: string
    subject: string
    details: Jsonb<Json>
    created_at: Time
  }
}
