import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ForgeError } from '../contract/errors'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** One entry of FORGE_OUTGOING_ALLOW: a network, or a host name with or without a port. */
type Allowed = { network: [Address, number] } | { host: string; port: number | null }

/** Where outgoing connections may go besides the public internet. */
export interface AllowList {
  /** As the settings write it, for messages. */
  text: string
  entries: readonly Allowed[]
}

/** Public addresses under which clouds serve machine credentials; the others are link-local, CGNAT or unique local. */
const metadataAddresses: ReadonlySet<string> = new Set(['168.63.129.16'])
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

const bare = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')

const parseEntry = (entry: string): Allowed => {
  if (ipaddr.isValidCIDR(entry)) return { network: ipaddr.parseCIDR(entry) }
  const address = bare(entry)
  if (isIP(address) !== 0) return { network: [ipaddr.process(address), isIP(address) === 4 ? 32 : 128] }
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(\d{1,5}))?$/i.exec(entry) ?? []
  if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535)
    throw new Error(`"${entry}" is no host, host:port or network such as 10.0.0.0/8`)
  return { host: bare(host), port: port === undefined ? null : Number(port) }
}

/** Reads a comma list of host, host:port and CIDR. Throws Error naming the entry that is none of them. */
export const parseAllowList = (text: string): AllowList => ({
  text,
  entries: text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseEntry),
})

/** Whether `address` is one of the public internet: everything special, mapped or tunnelled is not. */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address) || metadataAddresses.has(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(globalUnicast)
}

const covers = ([network, bits]: [Address, number], address: string): boolean => {
  if (!ipaddr.isValid(address)) return false
  // an IPv4-mapped address reaches the IPv4 host, so it is that host's entry that counts
  const parsed = ipaddr.process(address)
  return parsed.kind() === network.kind() && parsed.match(network, bits)
}

/** Whether a host is this machine: `localhost`, or an address of its loopback networks. */
export const isLoopbackHost = (host: string): boolean => {
  const name = bare(host)
  return name === 'localhost' || (ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback')
}

/** One connection about to be made. */
export interface Target {
  /** As the URL writes it: a name or an address. */
  host: string
  port: number
  /** What the name resolved to. */
  address: string
}

/** Throws ForgeError `address_refused` unless the address is public or listed. */
export const checkAddress = (allow: AllowList, { host, port, address }: Target): void => {
  if (isPublicAddress(address)) return
  const listed = allow.entries.some((entry) =>
    'network' in entry
      ? covers(entry.network, address)
      : entry.host === bare(host) && (entry.port === null || entry.port === port),
  )
  if (!listed) throw new ForgeError('address_refused', { host, port, address })
}

/**
 * Resolves a host and gives the one address to connect to, checked: who connects to it, and not to the name, cannot
 * be led elsewhere by a second DNS answer. Every address of the name must pass. Throws ForgeError `address_refused`,
 * or the error of the look-up.
 */
export const resolveChecked = async (
  allow: AllowList,
  host: string,
  port: number,
): Promise<{ address: string; family: number }> => {
  const name = bare(host)
  const family = isIP(name)
  const found = family === 0 ? await lookup(name, { all: true }) : [{ address: name, family }]
  for (const { address } of found) checkAddress(allow, { host: name, port, address })
  const [first] = found
  if (first === undefined) throw new Error(`${name} has no address`)
  return first
}
