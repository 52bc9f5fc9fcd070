import { Agent as HttpAgent, type ClientRequestArgs } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { resolveChecked, type AllowList } from './address-check'

type Created = (error: Error | null, stream: Duplex) => void

/**
 * Resolves and checks first, then connects to that very address. A `lookup` option alone would not do: Node skips it
 * when the URL has an address in place of a name.
 */
const afterCheck = (allow: AllowList, connect: (options: ClientRequestArgs) => Duplex) => {
  const connectChecked = async (options: ClientRequestArgs): Promise<Duplex> => {
    const resolved = await resolveChecked(allow, options.host ?? 'localhost', Number(options.port))
    // the name stays in `host`: TLS checks the certificate against it
    return connect({
      ...options,
      lookup: (_host, asked, answer) =>
        asked.all === true ? answer(null, [resolved]) : answer(null, resolved.address, resolved.family),
    })
  }
  return (options: ClientRequestArgs, created: Created): undefined => {
    connectChecked(options).then(
      (socket) => created(null, socket),
      // Node's types want a stream beside the error; Node does not look at it
      (error: unknown) => created(error as Error, undefined as unknown as Duplex),
    )
  }
}

/** Agents whose every connection passes the address check, a redirect's and a retry's too. No connection is kept. */
export const checkedAgents = (
  allow: AllowList,
  options: AgentOptions = {},
): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } => {
  const http = new HttpAgent(options)
  const https = new HttpsAgent(options)
  // without a callback both give a socket at once
  const plain = http.createConnection.bind(http) as (given: ClientRequestArgs) => Duplex
  const encrypted = https.createConnection.bind(https) as (given: ClientRequestArgs) => Duplex
  return {
    httpAgent: Object.assign(http, { createConnection: afterCheck(allow, plain) }),
    httpsAgent: Object.assign(https, { createConnection: afterCheck(allow, encrypted) }),
  }
}
