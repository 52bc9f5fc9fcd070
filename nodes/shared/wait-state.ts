import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'

/** Where a waiting node runs: when n8n executes it, and when Forge calls back. */
export type WaitContext = IExecuteFunctions | IWebhookFunctions

/** What an execution waits for. It is kept in the execution's custom data, because the execution's resume address is
 * one for all of its nodes: a late callback for an earlier node, or an earlier turn of a loop, must not resume this one. */
export interface WaitState {
  phase: 'starting' | 'waiting' | 'ended'
  nodeId: string
  run: string
  groupId: string
}

const key = 'forge_wait'

export const readWait = ({ customData }: WaitContext): WaitState | null => {
  const [phase, nodeId, run, groupId] = (customData.get(key) ?? '').split(' ')
  if (phase === undefined || nodeId === undefined || run === undefined || groupId === undefined) return null
  return { phase: phase as WaitState['phase'], nodeId, run, groupId }
}

/** Throws where n8n does not keep it: it holds ten values per execution and drops the eleventh without a word. */
export const writeWait = (context: WaitContext, { phase, nodeId, run, groupId }: WaitState): void => {
  const text = [phase, nodeId, run, groupId].join(' ')
  context.customData.set(key, text)
  if (context.customData.get(key) === text) return
  throw new NodeOperationError(context.getNode(), 'This execution already holds ten custom data values', {
    description: 'The node needs one of them to know its own callback: store fewer with Execution Data.',
  })
}

/** Which run of which node this is. It is the same when n8n runs a parked node again. */
export const thisRun = (context: IExecuteFunctions): Pick<WaitState, 'nodeId' | 'run'> => ({
  nodeId: context.getNode().id.replaceAll(' ', '_'),
  run: String(context.evaluateExpression('{{ $runIndex }}', 0)),
})
