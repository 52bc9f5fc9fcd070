import { Agent } from 'undici'
import type { Db } from '../storage/database'
import { openActivity } from './activity'
import type { EmbeddingList } from '../contract/embeddings'
import type { GatewayParts } from './call-engine'
import { chat, type ChatCall, type ChatReply } from './chat'
import { embed, type EmbedCall } from './embed'
import { openMeter, type ServedTokens } from './metering'
import type { DeploymentPort, Waiter } from './ports'
import { openReplicaTable } from './replica-table'

export interface Gateway {
  /** Answers a chat call, or throws a ForgeError. Of a stream the first event is there when this resolves. */
  chat(call: ChatCall): Promise<ChatReply>
  /** Gives the vectors of texts, or throws a ForgeError. */
  embed(call: EmbedCall): Promise<EmbeddingList>
  /** Deployments with a running request in this process. */
  busy(): string[]
  /** Ends its loops and hands over the last token counts; running requests are broken off. */
  close(): Promise<void>
}

export interface GatewayOptions {
  db: Db
  signals: Waiter
  deployments: DeploymentPort
  /** Gets what was served, every few seconds; see `openMeter`. */
  onTokens: (served: ServedTokens[]) => Promise<void>
  onError: (error: Error) => void
  /** how long a call waits for a replica that sleeps or starts; 30,000 by default */
  holdMs?: number
  /** between two hand-overs of token counts; 3000 by default */
  flushMs?: number
}

/** Longest silence of an engine: a prompt of a large model on a small machine takes its time. */
const silenceMs = 600_000

/** The way from a request to an engine: names, replicas, streaming, token counts. */
export const openGateway = ({
  db,
  signals,
  deployments,
  onTokens,
  onError,
  holdMs = 30_000,
  flushMs = 3000,
}: GatewayOptions): Gateway => {
  const table = openReplicaTable({ db, signals, onError })
  const meter = openMeter({ onTokens, onError, flushMs })
  const activity = openActivity({ touch: (ids) => deployments.touch(ids), busy: () => table.busy(), onError })
  // keeps a pool of connections per address
  const agent = new Agent({
    connections: 128,
    keepAliveTimeout: 60_000,
    connect: { timeout: 2000 },
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  })
  const parts: GatewayParts = { table, meter, activity, deployments, agent, holdMs, onError }
  return {
    chat: (call) => chat(parts, call),
    embed: (call) => embed(parts, call),
    busy: () => table.busy(),
    async close() {
      await agent.destroy()
      await table.close()
      await activity.close()
      await meter.close()
    },
  }
}
