import type { AccessTables } from './tables/access'
import type { DataTables } from './tables/data'
import type { EventTables } from './tables/events'
import type { JobTables } from './tables/jobs'
import type { LedgerTables } from './tables/ledger'
import type { ModelTables } from './tables/models'

export type { Json } from './tables/columns'

/** The columns of schema `app`, as migrations make them. A jsonb column is written as a string. */
export interface Tables extends AccessTables, JobTables, DataTables, ModelTables, EventTables, LedgerTables {}
