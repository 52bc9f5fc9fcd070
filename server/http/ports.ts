import type { AxiosInstance } from 'axios'
import type { Logger } from 'pino'
import type { PriceTable } from '../contract/prices'
import type { ProbeOptions } from '../connections/probe'
import type { SecretKeys } from '../connections/secret-keys'
import type { ModelPorts } from '../jobs/prepare-input'
import type { Signals } from '../jobs/signals'
import type { JobBroker } from '../queue/broker'
import type { BlobStore } from '../storage/blobs'
import type { Db } from '../storage/database'
import type { Gateway } from '../gateway/gateway'

/** What routes may use; made once in main.ts. */
export interface Ports {
  db: Db
  broker: JobBroker
  blobs: BlobStore
  signals: Signals
  gateway: Gateway
  models: ModelPorts
  secretKeys: SecretKeys
  /** how connections are tried */
  probe: ProbeOptions
  /** for addresses that a caller names: callbacks */
  outgoing: AxiosInstance
  prices: PriceTable
  log: Logger
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
