import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow'
import { groupHasEnded } from './groups'
import { asFileWhenLarge } from './large-results'
import { readResults, type Present } from './results'
import { runAgain } from './run-again'
import { readWait, writeWait } from './wait-state'

/**
 * Takes Forge's callback and resumes the execution. It never throws, because n8n then wipes what ran before and goes on
 * with an empty item. Where Forge cannot be asked the answer is 503 and the execution stays parked: Forge calls again. A
 * ping, and a call about another group, are answered and change nothing. The body is not trusted: it only names a group
 * that this execution waits for, and whose end Forge itself must confirm.
 */
export const resume = async (
  context: IWebhookFunctions,
  outputs: number,
  present: Present,
): Promise<IWebhookResponseData> => {
  try {
    const { type, group_id: named = null } = context.getBodyData()
    const state = readWait(context)
    const waiting = state?.phase === 'waiting' ? state.groupId : null
    if (type === 'ping') return { webhookResponse: { waiting_for: waiting } }
    if (state === null || waiting === null || named !== waiting) {
      return { webhookResponse: { ignored: named, waiting_for: waiting } }
    }
    if (!(await groupHasEnded(context, waiting))) return { webhookResponse: { still_running: waiting } }
    const input = runAgain(context)
    if (input === null) {
      const results = await readResults(context, waiting, outputs, present)
      return { webhookResponse: { resumed: waiting }, workflowData: await asFileWhenLarge(context, results) }
    }
    writeWait(context, { ...state, phase: 'ended' })
    return { webhookResponse: { resumed: waiting }, workflowData: input }
  } catch (error) {
    context
      .getResponseObject()
      .status(503)
      .json({ error: (error as Error).message })
    return { noWebhookResponse: true }
  }
}
