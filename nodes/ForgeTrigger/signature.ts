import { createHmac, timingSafeEqual } from 'crypto'

export interface Signed {
  id: string
  /** Unix seconds, as text */
  timestamp: string
  /** `v1,<base64>`, several parted by spaces while a secret is exchanged */
  signature: string
  body: Buffer
}

const toleranceSeconds = 300

/** Whether a delivery is Forge's own and of the last five minutes, as Standard Webhooks has it. `now` in milliseconds. */
export const isSigned = ({ id, timestamp, signature, body }: Signed, secret: string, now = Date.now()): boolean => {
  const age = Math.abs(now / 1000 - Number(timestamp))
  if (!(age <= toleranceSeconds)) return false
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
  return signature.split(' ').some((entry) => {
    const [version, value = ''] = entry.split(',')
    const given = Buffer.from(value, 'base64')
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
  })
}
