import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow'
import { NodeApiError, NodeOperationError } from 'n8n-workflow'
import type { Page, Reply } from '../shared/contract'
import { forge } from '../shared/transport'

type Endpoint = Reply<'getWebhookEndpoint'>
type Created = Reply<'createWebhookEndpoint'>
interface Registered {
  id: string
  secret: string
}

const path = '/v1/webhook_endpoints'
const pathOf = (id: string): string => `${path}/${encodeURIComponent(id)}`

/**
 * What is registered at Forge, by full URL: the test URL and the production URL of a node are two endpoints, so that
 * neither takes the other away.
 */
const registered = (context: IHookFunctions | IWebhookFunctions): Record<string, Registered> => {
  const { endpoints = {} } = context.getWorkflowStaticData('node') as { endpoints?: Record<string, Registered> }
  return endpoints
}

const keep = (context: IHookFunctions, url: string, endpoint: Registered | null): void => {
  const others = Object.entries(registered(context)).filter(([known]) => known !== url)
  context.getWorkflowStaticData('node').endpoints = Object.fromEntries(
    endpoint === null ? others : [...others, [url, endpoint]],
  )
}

/**
 * The secrets that may sign what is sent to this node. All of them, not the one of the called URL: n8n (2.41) names the
 * production URL to a trigger also when its test URL was called.
 */
export const secretsOf = (context: IWebhookFunctions): string[] =>
  Object.values(registered(context)).map(({ secret }) => secret)

const urlOf = (context: IHookFunctions): string => context.getNodeWebhookUrl('default') ?? ''
const eventsOf = (context: IHookFunctions): string[] => context.getNodeParameter('events', []) as string[]
const isGone = (error: unknown): boolean => error instanceof NodeApiError && error.httpCode === '404'

/** Whether Forge sends these events to this address, and n8n knows the secret. */
export const endpointExists = async (context: IHookFunctions): Promise<boolean> => {
  const known = registered(context)[urlOf(context)]
  if (known === undefined) return false
  try {
    const { url, events, enabled } = await forge<Endpoint>(context, { method: 'GET', path: pathOf(known.id) })
    return enabled && url === urlOf(context) && [...(events ?? [])].sort().join() === eventsOf(context).sort().join()
  } catch (error) {
    if (!isGone(error)) throw new NodeApiError(context.getNode(), error as never)
    context.logger.debug(`The endpoint ${known.id} is not at Forge any more; it is made again`)
    return false
  }
}

/** Registers the address; one that Forge knows already is changed. */
export const createEndpoint = async (context: IHookFunctions): Promise<string> => {
  const { id, secret } = await forge<Created>(context, {
    method: 'POST',
    path,
    body: {
      url: urlOf(context),
      events: eventsOf(context),
      description: `n8n: ${context.getWorkflow().name ?? ''}`.slice(0, 500),
    },
  })
  keep(context, urlOf(context), { id, secret })
  return id
}

/** Removes the endpoint of this address; one that is gone already is fine. */
export const deleteEndpoint = async (context: IHookFunctions): Promise<void> => {
  const url = urlOf(context)
  const id = registered(context)[url]?.id ?? (await findByUrl(context, url))
  keep(context, url, null)
  if (id === undefined) return
  try {
    await forge(context, { method: 'DELETE', path: pathOf(id) })
  } catch (error) {
    if (!isGone(error)) throw new NodeApiError(context.getNode(), error as never)
    context.logger.debug(`The endpoint ${id} was gone already`)
  }
}

const findByUrl = async (context: IHookFunctions, url: string): Promise<string | undefined> => {
  const { data } = await forge<Page<Endpoint>>(context, { method: 'GET', path, query: { limit: 100 } })
  return data.find((endpoint) => endpoint.url === url)?.id
}

/** Asks Forge to send a sample to the endpoint. Throws where Forge cannot be asked, or n8n did not take the sample. */
export const sendSample = async (context: IHookFunctions, id: string): Promise<void> => {
  const { delivered, status, answer } = await forge<Reply<'testWebhookEndpoint'>>(context, {
    method: 'POST',
    path: `${pathOf(id)}/test`,
  })
  if (!delivered) throw new NodeOperationError(context.getNode(), `n8n answered ${status ?? 'nothing'}: ${answer}`)
}
