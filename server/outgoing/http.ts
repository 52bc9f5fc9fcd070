import axios, { type AxiosInstance } from 'axios'
import type { AgentOptions } from 'node:https'
import { rootCertificates } from 'node:tls'
import { ForgeError } from '../contract/errors'
import type { AllowList } from './address-check'
import { checkedAgents } from './agents'

export interface OutgoingHttpOptions {
  /** Addresses allowed besides public ones: `config.outgoingAllow`. */
  allow: AllowList
  /** Until the whole answer is there, or for a stream its headers. Default 15,000. */
  timeout_ms?: number
  /** Longest answer taken into memory. Default 1 MiB. Streams have no limit here. */
  maxAnswerBytes?: number
  tls?: TlsOptions
}

export interface TlsOptions {
  /** false takes any certificate. */
  verify: boolean
  /** Certificates to trust beside the usual ones, PEM; null: none. */
  ca: string | null
}

const agentOptions = ({ verify, ca }: TlsOptions): AgentOptions => ({
  rejectUnauthorized: verify,
  // `ca` takes the place of what Node trusts
  ...(ca === null ? {} : { ca: [...rootCertificates, ca] }),
})

/**
 * The one way out over HTTP: an axios instance whose connections pass the address check at connect time. It follows
 * no redirect, uses no proxy of the environment (a proxy would resolve names after the check), and throws on no
 * status. A refused address throws; `outgoingError` finds the ForgeError.
 */
export const createOutgoingHttp = ({
  allow,
  timeout_ms = 15_000,
  maxAnswerBytes = 1024 ** 2,
  tls,
}: OutgoingHttpOptions): AxiosInstance =>
  axios.create({
    ...checkedAgents(allow, tls && agentOptions(tls)),
    adapter: 'http',
    proxy: false,
    maxRedirects: 0,
    timeout: timeout_ms,
    maxContentLength: maxAnswerBytes,
    validateStatus: () => true,
    headers: { 'User-Agent': 'forge' },
  })

/** The error without axios' wrapper: ForgeError `address_refused` where the check refused, else what was thrown. */
export const outgoingError = (error: unknown): unknown => {
  for (let inner = error; inner instanceof Error; inner = inner.cause) if (inner instanceof ForgeError) return inner
  return error
}
