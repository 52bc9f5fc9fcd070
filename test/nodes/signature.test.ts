import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'

// what is packed is tested, not its source: a path into dist cannot be imported before it is built
/* eslint-disable-next-line @typescript-eslint/no-require-imports */
const { isSigned } = require(join(__dirname, '../../dist/nodes/ForgeTrigger/signature.js')) as {
  isSigned(
    signed: { id: string; timestamp: string; signature: string; body: Buffer },
    secret: string,
    now?: number,
  ): boolean
}

const secret = `whsec_${Buffer.from('a secret of the endpoint').toString('base64')}`
const at = new Date('2026-01-01T00:00:00Z')
const body = Buffer.from('{"type":"job.succeeded"}')
const signed = {
  id: 'evt_1',
  timestamp: String(at.getTime() / 1000),
  signature: new Webhook(secret).sign('evt_1', at, body.toString()),
  body,
}

test('takes what the standard library signed', () => {
  expect(isSigned(signed, secret, at.getTime())).toBe(true)
})

test('takes one of several signatures, while a secret is exchanged', () => {
  expect(isSigned({ ...signed, signature: `v1,AAAA ${signed.signature}` }, secret, at.getTime())).toBe(true)
})

test.each([
  ['another body', { body: Buffer.from('{"type":"job.failed"}') }],
  ['another id', { id: 'evt_2' }],
  ['another time', { timestamp: String(at.getTime() / 1000 + 1) }],
  ['no time', { timestamp: 'soon' }],
  ['no signature', { signature: '' }],
])('refuses %s', (_, change) => {
  expect(isSigned({ ...signed, ...change }, secret, at.getTime())).toBe(false)
})

test.each([-301, 301])('refuses what is %d seconds away', (seconds) => {
  expect(isSigned(signed, secret, at.getTime() + seconds * 1000)).toBe(false)
})
