import type {
  ICredentialDataDecryptedObject,
  ICredentialsDecrypted,
  ICredentialTestFunctions,
  INodeCredentialTestResult,
} from 'n8n-workflow'
import { noAnswer } from './errors'

interface Answer {
  statusCode: number
  body: { object?: unknown } | string | undefined
}

const makeKey = 'forge api-keys create n8n --scope read write generate'
const notForge = 'The address answers, but it is not a Forge server: check the base URL.'
const refusals: Record<number, string> = {
  401: `The server does not know this API key: copy it again, or make a new one: ${makeKey}`,
  403: `This API key lacks the scope "read". Make one for n8n: ${makeKey}`,
  404: notForge,
  421: 'Forge refuses this host name: use its address, or set FORGE_PUBLIC_URL on the server to the base URL.',
}

const failure = (message: string): INodeCredentialTestResult => ({ status: 'Error', message })

/**
 * What n8n shows when a Forge credential is saved. A test that is only declared on the credential can say no more of a
 * server that is down than `ECONNREFUSED`; this one says which address does not answer, and what to do.
 */
export async function forgeApiTest(
  this: ICredentialTestFunctions,
  { data = {} }: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
  const base = String(data['baseUrl'] ?? '')
    .trim()
    .replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]/i.test(base)) {
    return failure(
      `"${base}" is not an address: the base URL begins with http:// or https://, e.g. http://127.0.0.1:8470.`,
    )
  }
  const { helpers } = this
  try {
    // n8n gives a credential's test no other way to make a call
    const { statusCode, body } = (await helpers.request({
      method: 'GET',
      uri: `${base}/v1/usage`,
      qs: { group_by: 'kind' },
      headers: { authorization: `Bearer ${String(data['apiKey'] ?? '').trim()}` },
      json: true,
      simple: false,
      resolveWithFullResponse: true,
      timeout: 10_000,
    })) as Answer
    if (refusals[statusCode] !== undefined) return failure(refusals[statusCode])
    // only Forge answers so: other servers that speak OpenAI's format have /v1/models, too
    if (statusCode !== 200 || typeof body !== 'object' || body.object !== 'usage')
      return failure(statusCode >= 500 ? `Forge answered with status ${statusCode}: look at its log.` : notForge)
    return { status: 'OK', message: `Connected to Forge at ${base}` }
  } catch (error) {
    const { problem, hint } = noAnswer(error, base)
    return failure(`${problem}. ${hint}`)
  }
}
