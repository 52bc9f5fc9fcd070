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
  /** n8n's "Retry" hands a failed execution's custom data to the one that it starts: what ended there ended there only */
  executionId: string
}

const key = 'forge_wait'

export const readWait = ({ customData }: WaitContext): WaitState | null => {
  const [phase, nodeId, run, groupId, executionId] = (customData.get(key) ?? '').split(' ')
  if (!phase || !nodeId || !run || !groupId || !executionId) return null
  return { phase: phase as WaitState['phase'], nodeId, run, groupId, executionId }
}

/** Throws where n8n does not keep it: it holds ten values per execution and drops the eleventh without a word. */
export const writeWait = (context: WaitContext, state: WaitState): void => {
  const text = [state.phase, state.nodeId, state.run, state.groupId, state.executionId].join(' ')
  context.customData.set(key, text)
  if (context.customData.get(key) === text) return
  throw new NodeOperationError(context.getNode(), 'This execution already holds ten custom data values', {
    description: 'The node needs one of them to know its own callback: store fewer with Execution Data.',
  })
}

/** Which run of which node this is. It is the same when n8n runs a parked node again. */
export const thisRun = (context: IExecuteFunctions): Pick<WaitState, 'nodeId' | 'run' | 'executionId'> => ({
  nodeId: context.getNode().id.replaceAll(' ', '_'),
  run: String(context.evaluateExpression('{{ $runIndex }}', 0)),
  executionId: context.getExecutionId(),
})

/** Whether this is what the execution waited for: this run of this node, and it has ended. */
export const hasEndedFor = (
  state: WaitState | null,
  { nodeId, run, executionId }: Pick<WaitState, 'nodeId' | 'run' | 'executionId'>,
): state is WaitState =>
  state?.phase === 'ended' && state.nodeId === nodeId && state.run === run && state.executionId === executionId
