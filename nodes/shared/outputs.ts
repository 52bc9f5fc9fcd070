import type { INodeTypeDescription } from 'n8n-workflow'
import { NodeConnectionTypes } from 'n8n-workflow'

const output = (displayName: string): { type: 'main'; displayName: string } => ({
  type: NodeConnectionTypes.Main,
  displayName,
})

/** The outputs of a node whose every operation waits. */
export const doneAndFailed = [output('Done'), output('Failed')]
/** The outputs of an evaluation. */
export const passedBelowGateFailed = [output('Passed'), output('Below Gate'), output('Failed')]

/** Done and Failed for the operations that wait, one plain output for the others. */
export const doneAndFailedWhen = (...operations: string[]): INodeTypeDescription['outputs'] =>
  `={{ ${JSON.stringify(operations)}.includes($parameter.operation) ? ${JSON.stringify(doneAndFailed)} : ["main"] }}`
