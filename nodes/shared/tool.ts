import type { IExecuteFunctions } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'

/** An agent may read and ask, and start what it was allowed to start; nothing else. The editor hides these operations. */
export const refuseAsTool = (context: IExecuteFunctions, operation: unknown): void => {
  const node = context.getNode()
  if (!node.type.endsWith('Tool')) return
  throw new NodeOperationError(node, `The operation "${String(operation)}" is not offered to agents`, {
    description: 'Use the node outside the agent for it.',
  })
}
