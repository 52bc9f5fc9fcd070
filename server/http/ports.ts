import type { Logger } from 'pino'
import type { OpenAirflow } from '../connections/airflow'
import type { PriceTable } from '../contract/prices'
import type { ProbeOptions } from '../connections/probe'
import type { SecretKeys } from '../connections/secret-keys'
import type { ModelPorts } from '../jobs/prepare-input'
import type { Signals } from '../jobs/signals'
import type { JobBroker } from '../queue/broker'
import type { BlobStore } from '../storage/blobs'
import type { Db } from '../storage/database'
import type { Gateway } from '../gateway/gateway'
import type { Senders } from '../webhooks/deliver'
import type { SecretBox } from '../webhooks/secret-box'
import type { PostSigned } from '../webhooks/post-signed'

/** What routes may use; made once in main.ts. */
export interface Ports {
  db: Db
  broker: JobBroker
  blobs: BlobStore
  signals: Signals
  gateway: Gateway
  models: ModelPorts
  secretKeys: SecretKeys
  openAirflow: OpenAirflow
  /** bring events to webhook endpoints */
  senders: Senders
  /** how connections are tried */
  probe: ProbeOptions
  /** keeps the signing secrets of webhook endpoints */
  secretBox: SecretBox
  /** to addresses that a caller names: callbacks */
  postSigned: PostSigned
  prices: PriceTable
  log: Logger
  /** the address people use, when it is not the one that they call; undefined: it is */
  publicUrl: string | undefined
  uploadLimitBytes: number
  lease: {
    leaseSeconds: number
    heartbeatSeconds: number
    offlineGraceSeconds: number
    pauseLimitSeconds: number
    affinityWaitSeconds: number
  }
  /** aborts when the server stops, so that held requests end */
  stopping: AbortSignal
}
