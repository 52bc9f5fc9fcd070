import { recordTokens } from './record-samples'
import type { Tx } from '../storage/database'

export interface ServedCount {
  projectId: string
  deploymentId: string
  model: string
  jobId: string | null
  promptTokens: number
  completionTokens: number
  startedAt: Date
}

/** In the caller's transaction, writes served tokens to the deployment's entry of that hour. Calls of a job are left out: the job reports its own count when it ends. */
export const chargeServedTokens = async (tx: Tx, served: readonly ServedCount[], currency: string): Promise<void> => {
  for (const { projectId, deploymentId, model, jobId, promptTokens, completionTokens, startedAt } of served) {
    if (jobId !== null) continue
    await recordTokens(
      tx,
      {
        owner: `${deploymentId}/${startedAt.toISOString().slice(0, 13)}`,
        projectId,
        deploymentId,
        model,
        kind: 'serve',
      },
      promptTokens + completionTokens,
      currency,
    )
  }
}
