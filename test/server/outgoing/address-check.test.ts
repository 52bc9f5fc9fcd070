import { checkAddress, isPublicAddress, parseAllowList, resolveChecked } from '../../../server/outgoing/address-check'

const refused = expect.objectContaining({ code: 'address_refused' }) as unknown as Error
const nothing = parseAllowList('')
const loopback = parseAllowList('127.0.0.1/8,::1/128')

test.each([
  ['loopback', '127.0.0.1'],
  ['loopback', '127.9.8.7'],
  ['loopback of IPv6', '::1'],
  ['unspecified', '0.0.0.0'],
  ['unspecified of IPv6', '::'],
  ['private', '10.1.2.3'],
  ['private', '172.16.0.1'],
  ['private', '192.168.1.1'],
  ['link-local', '169.254.1.1'],
  ['link-local of IPv6', 'fe80::1'],
  ['unique local', 'fc00::1'],
  ['CGNAT', '100.64.0.1'],
  ['multicast', '224.0.0.1'],
  ['multicast of IPv6', 'ff02::1'],
  ['broadcast', '255.255.255.255'],
  ['cloud metadata', '169.254.169.254'],
  ['cloud metadata of IPv6', 'fd00:ec2::254'],
  ['cloud metadata in CGNAT', '100.100.100.200'],
  ['cloud metadata at a public address', '168.63.129.16'],
  ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
  ['IPv4-mapped public', '::ffff:8.8.8.8'],
  ['IPv4-compatible loopback', '::127.0.0.1'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['6to4', '2002:7f00:1::'],
  ['documentation', '2001:db8::1'],
  ['no address at all', 'example'],
])('%s (%s) is refused', (_kind, address) => {
  expect(isPublicAddress(address)).toBe(false)
  expect(() => checkAddress(nothing, { host: 'shop.example', port: 443, address })).toThrow(refused)
})

test.each(['8.8.8.8', '2606:4700::1111'])('the public address %s is allowed', (address) => {
  expect(() => checkAddress(nothing, { host: 'shop.example', port: 443, address })).not.toThrow()
})

test('a listed network allows its addresses, written as IPv4 or mapped, and no others', () => {
  const at = (address: string) => () => checkAddress(loopback, { host: 'n8n.local', port: 5678, address })
  expect(at('127.0.0.1')).not.toThrow()
  expect(at('::ffff:127.0.0.1')).not.toThrow()
  expect(at('::1')).not.toThrow()
  expect(at('10.0.0.1')).toThrow('10.0.0.1 is not a public address')
})

test('a listed host allows what it resolves to, with a port only that port', () => {
  const allow = parseAllowList('store.internal, db.internal:5432')
  const to = (host: string, port: number) => () => checkAddress(allow, { host, port, address: '10.0.0.5' })
  expect(to('store.internal', 80)).not.toThrow()
  expect(to('Store.Internal.', 9000)).not.toThrow()
  expect(to('db.internal', 5432)).not.toThrow()
  expect(to('db.internal', 22)).toThrow(refused)
  expect(to('other.internal', 80)).toThrow(refused)
})

test('an entry that is none of host, host:port and network is named', () => {
  expect(() => parseAllowList('127.0.0.1, http://shop.example/')).toThrow('"http://shop.example/"')
  expect(() => parseAllowList('shop.example:99999')).toThrow('"shop.example:99999"')
})

test('a name is resolved once and every address of it checked', async () => {
  await expect(resolveChecked(nothing, 'localhost', 80)).rejects.toMatchObject({ code: 'address_refused' })
  await expect(resolveChecked(loopback, 'localhost', 80)).resolves.toMatchObject({ family: expect.any(Number) })
  await expect(resolveChecked(nothing, '[::1]', 80)).rejects.toMatchObject({ code: 'address_refused' })
})
