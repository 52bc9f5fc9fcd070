import type { AxiosResponse } from 'axios'
import type { Readable } from 'node:stream'
import type { LeasedConnectionOf } from '../../contract/connections'
import { ForgeError } from '../../contract/errors'
import { createOutgoingHttp } from '../../outgoing/http'
import type { FetchedSource } from '../../steps/handler'
import type { FetchContext } from './fetch-context'
import { isPassingStatus, patiently } from './patiently'
import { saveStream } from './save-stream'

const maxRedirects = 5
const headers_ms = 30_000
const stall_ms = 60_000
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const refused = (detail: string): ForgeError => new ForgeError('source_refused', { detail })

/** Whether the headers of a connection may be sent to `url`: its origin is the base's, and its path below it. */
const isBelow = (url: URL, base: string): boolean => {
  const { origin, pathname } = new URL(base)
  const folder = pathname.endsWith('/') ? pathname : `${pathname}/`
  return url.origin === origin && (url.pathname === pathname || url.pathname.startsWith(folder))
}

const shown = (url: URL): string => `${url.origin}${url.pathname}`

/** Where a redirect leads. Not from https to http, and not with a password of the sender's choice. */
const nextOf = (url: URL, location: string): URL => {
  const next = new URL(location, url)
  if (next.protocol !== 'https:' && next.protocol !== url.protocol)
    throw refused(`${shown(url)} redirects to ${next.protocol}//, which is not followed.`)
  next.username = ''
  next.password = ''
  return next
}

/**
 * Fetches a URL to disk. Follows one chain of at most 5 redirects, each connection checked; the headers of a
 * connection go to addresses below its base URL only.
 */
export const fetchUrl = async (
  source: { url: string },
  connection: LeasedConnectionOf<'http'> | null,
  { allow, limitBytes, path, signal, firstPause_ms }: FetchContext,
): Promise<FetchedSource> => {
  const http = createOutgoingHttp({ allow, timeout_ms: headers_ms })
  const start = new URL(source.url)
  if (connection !== null && !isBelow(start, connection.settings.base_url))
    throw refused(`${shown(start)} is not below ${connection.settings.base_url}, the base URL of its connection.`)

  const open = async (): Promise<AxiosResponse<Readable>> => {
    let url = start
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const credentials =
        connection !== null && isBelow(url, connection.settings.base_url) ? connection.secrets.headers : {}
      const response = await http.get<Readable>(url.href, {
        responseType: 'stream',
        headers: { 'Accept-Encoding': 'identity', ...credentials },
        signal,
      })
      const location = response.headers['location'] as unknown
      if (!redirects.has(response.status) || typeof location !== 'string') return response
      response.data.destroy()
      url = nextOf(url, location)
    }
    throw refused(`${shown(start)} redirects more than ${maxRedirects} times.`)
  }
  const saved = await patiently(
    shown(start),
    async () => {
      const response = await open()
      if (response.status !== 200) {
        response.data.destroy()
        const detail = `${shown(start)} answers with status ${response.status}`
        throw isPassingStatus(response.status) ? new Error(detail) : refused(`${detail}.`)
      }
      const length = response.headers['content-length'] as unknown
      return await saveStream(response.data, {
        path,
        limitBytes,
        // a packed body is counted unpacked
        announcedBytes:
          typeof length === 'string' && response.headers['content-encoding'] === undefined ? Number(length) : null,
        stall_ms,
        signal,
      })
    },
    { signal, firstPause_ms },
  )
  const name = start.pathname.split('/').at(-1) ?? ''
  return { path, filename: name === '' ? start.host : name, location: shown(start), ...saved }
}
