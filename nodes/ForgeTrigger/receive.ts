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

/** Best effort: two deliveries at the same moment, or n8n's main processes side by side, may both see a new id. */
const isRepeated = (context: IWebhookFunctions, id: string): boolean => {
  const data = context.getWorkflowStaticData('node') as IDataObject & { seen?: string[] }
  const seen = data.seen ?? []
  if (seen.includes(id)) return true
  data.seen = [...seen, id].slice(-remembered)
  return false
}
