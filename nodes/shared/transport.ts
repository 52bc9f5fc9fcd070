import type {
  IDataObject,
  IExecuteFunctions,
  IHookFunctions,
  IHttpRequestMethods,
  IHttpRequestOptions,
  ILoadOptionsFunctions,
  IN8nHttpFullResponse,
  ISupplyDataFunctions,
  IWebhookFunctions,
} from 'n8n-workflow'
import { sleep } from 'n8n-workflow'
import { refusal, unreachable } from './errors'

/** Every place of n8n from which a node may call Forge. */
export type ForgeContext =
  | IExecuteFunctions
  | IHookFunctions
  | ILoadOptionsFunctions
  | ISupplyDataFunctions
  | IWebhookFunctions

export interface ForgeRequest {
  method: IHttpRequestMethods
  /** from `/v1` on */
  path: string
  query?: IDataObject
  body?: IHttpRequestOptions['body']
  /** a create call with a key is done once, however often it is sent */
  idempotencyKey?: string
  /** of a raw body; without it the body is JSON */
  contentType?: string
  /** the item that the call is made for: an error then names it */
  itemIndex?: number
  /** how long the whole answer may take, in milliseconds; default 5 minutes */
  timeoutMs?: number
}

const credentialType = 'forgeApi'
const busyAnswers = new Set([429, 503])
const tries = 3
const longestPauseMs = 10_000

/** The server's address without a slash at its end. */
export const baseUrl = async (context: ForgeContext): Promise<string> => {
  const { baseUrl } = await context.getCredentials<{ baseUrl: string }>(credentialType)
  return baseUrl.trim().replace(/\/+$/, '')
}

/**
 * Calls Forge and gives the JSON that it answers with: the only HTTP of this package. A server that says it is busy
 * (429, 503) is asked 3 times, after the pause that it names (at most 10 s). Throws NodeApiError for a refused call and
 * NodeOperationError where no answer came.
 */
export const forge = async <T>(context: ForgeContext, request: ForgeRequest): Promise<T> => {
  const base = await baseUrl(context)
  for (let attempt = 1; ; attempt++) {
    const answer = await send(context, base, request)
    if (answer.statusCode < 300) return answer.body as T
    if (!busyAnswers.has(answer.statusCode) || attempt === tries || isStream(request)) {
      throw refusal(context.getNode(), answer, { base, itemIndex: request.itemIndex })
    }
    const pauseMs = Number(answer.headers['retry-after'] ?? 1) * 1000
    await sleep(Math.min(Number.isFinite(pauseMs) ? pauseMs : 1000, longestPauseMs))
  }
}

const send = async (context: ForgeContext, base: string, request: ForgeRequest): Promise<IN8nHttpFullResponse> => {
  const { method, path, query, body, contentType, idempotencyKey, timeoutMs, itemIndex } = request
  const options: IHttpRequestOptions = {
    method,
    url: `${base}${path}`,
    timeout: timeoutMs ?? 300_000,
    json: contentType === undefined,
    // following one would keep the whole upload in memory, to send it again
    disableFollowRedirect: contentType !== undefined,
    returnFullResponse: true,
    ignoreHttpStatusErrors: true,
    headers: {
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(query === undefined ? {} : { qs: query }),
    ...(body === undefined ? {} : { body }),
  }
  try {
    const answer = (await context.helpers.httpRequestWithAuthentication.call(
      context,
      credentialType,
      options,
    )) as IN8nHttpFullResponse
    return { ...answer, body: parsed(answer.body) as IDataObject }
  } catch (error) {
    throw unreachable(context.getNode(), error, { base, itemIndex })
  }
}

// a raw upload is answered as text
const parsed = (body: unknown): unknown => {
  if (typeof body !== 'string') return body
  try {
    return JSON.parse(body)
  } catch {
    return { not_json: body.slice(0, 200) }
  }
}

// a stream that was read once cannot be sent again
const isStream = ({ body }: ForgeRequest): boolean =>
  typeof body === 'object' && body !== null && 'pipe' in body && typeof body.pipe === 'function'
