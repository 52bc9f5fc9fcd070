import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow'
import { secretsOf } from './endpoints'
import { isSigned } from './signature'

const remembered = 500

interface ForgeEvent {
  id: string
  type: string
  created_at: string
  data: IDataObject
}

/** Takes one delivery: refuses what Forge did not sign, and answers without a run what came before. */
export const receive = (context: IWebhookFunctions): IWebhookResponseData => {
  const headers = context.getHeaderData() as Record<string, string | undefined>
  const id = headers['webhook-id'] ?? ''
  const secrets = secretsOf(context)
  const signed = {
    id,
    timestamp: headers['webhook-timestamp'] ?? '',
    signature: headers['webhook-signature'] ?? '',
    body: context.getRequestObject().rawBody,
  }
  const problem =
    secrets.length === 0
      ? 'n8n holds no secret of this endpoint: activate the workflow anew.'
      : secrets.some((secret) => isSigned(signed, secret))
        ? null
        : 'The signature is not of this endpoint, or older than five minutes.'
  if (problem !== null) {
    context.getResponseObject().status(401).json({ error: problem })
    return { noWebhookResponse: true }
  }
  if (isRepeated(context, id)) return { webhookResponse: { duplicate: id } }
  const { type, created_at: createdAt, data } = context.getBodyData() as unknown as ForgeEvent
  return {
    webhookResponse: { received: id },
    workflowData: [[{ json: { event_id: id, type, created_at: createdAt, ...data } }]],
  }
}

/**
 * The deliveries that n8n took, by trigger, of this process. Not n8n's static data: what a trigger writes there while it
 * receives is lost when an execution follows (n8n 2.41 makes the data anew for it before it saves).
 */
const taken = new Map<string, string[]>()

/** Workflow, node, and whether it is tested: a test takes nothing from the active workflow. */
const keyOf = (context: IWebhookFunctions): string =>
  [context.getWorkflow().id, context.getNode().id, context.getMode()].join()

/** Best effort: two at the same moment both count as new, and so does what comes again after a restart of n8n. */
const isRepeated = (context: IWebhookFunctions, id: string): boolean => {
  if (taken.get(keyOf(context))?.includes(id)) return true
  const response = context.getResponseObject()
  // not before n8n has answered: an execution that could not begin must find the event new when Forge sends it again
  response.once('finish', () => {
    if (response.statusCode >= 300) return
    taken.set(keyOf(context), [...(taken.get(keyOf(context)) ?? []), id].slice(-remembered))
  })
  return false
}
