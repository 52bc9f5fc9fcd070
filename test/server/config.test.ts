import { ConfigurationError, readConfig } from '../../server/config'

const read = (environment: Record<string, string>) => readConfig(environment, '/forge')
const refusalOf = (environment: Record<string, string>): string => {
  try {
    read(environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  throw new Error('was accepted')
}

test('everything that is wrong is listed at once: a name that is unknown, and each wrong value with what was given', () => {
  const message = refusalOf({ FORGE_PROT: '1', FORGE_PORT: 'abc', FORGE_DATABASE_URL: 'mysql://me:secret@x' })
  expect(message).toContain('FORGE_PROT: there is no such setting')
  expect(message).toMatch(/FORGE_PORT: .*\(got "abc"\)/)
  expect(message).toContain('FORGE_DATABASE_URL: must be a postgres:// URL (got "mysql://…@x")')
  expect(message.split('\n')).toHaveLength(5)
})

test('keys are not repeated in the message that refuses them', () => {
  const message = refusalOf({ FORGE_ADMIN_KEY: 'short-secret' })
  expect(message).toContain('FORGE_ADMIN_KEY: must have at least 20 characters')
  expect(message).not.toContain('short-secret')
})

test('names of other programs, of tests, and empty values do not count', () => {
  expect(read({ PATH: '/bin', FORGE_TEST_E2E: '1', FORGE_PORT: '' })).toMatchObject({ port: 8470, host: '127.0.0.1' })
})

test('folders begin at the root, wherever the command was called from', () => {
  expect(read({ FORGE_DATA_DIR: 'data' })).toMatchObject({
    dataDir: '/forge/data',
    blobDir: '/forge/data/blobs',
    modelsDir: '/forge/.models',
  })
  expect(read({ FORGE_BLOB_URL: 'file:///mnt/forge%20blobs' }).blobDir).toBe('/mnt/forge blobs')
})

test('prices are JSON; what is left out keeps its default', () => {
  expect(read({ FORGE_PRICES: '{"price_per_kwh": 0.5}' }).prices).toMatchObject({ price_per_kwh: 0.5, currency: 'EUR' })
  expect(refusalOf({ FORGE_PRICES: '{oops' })).toContain('FORGE_PRICES: must be JSON')
})

test('outgoing connections reach loopback only while this is one machine', () => {
  const allowed = (environment: Record<string, string>) => read(environment).outgoingAllow.text

  expect(allowed({})).toBe('127.0.0.1/8,::1/128')
  expect(allowed({ FORGE_HOST: 'localhost', FORGE_SERVER_URL: 'http://127.0.0.1:8470' })).toBe('127.0.0.1/8,::1/128')
  expect(allowed({ FORGE_HOST: '0.0.0.0' })).toBe('')
  expect(allowed({ FORGE_SERVER_URL: 'https://forge.example' })).toBe('')
  expect(allowed({ FORGE_HOST: '0.0.0.0', FORGE_OUTGOING_ALLOW: 'db.internal:5432' })).toBe('db.internal:5432')
  expect(refusalOf({ FORGE_OUTGOING_ALLOW: 'http://x/' })).toContain('"http://x/" is no host')
})

test('a secret key is 32 bytes, and a wrong one is not repeated', () => {
  const message = refusalOf({ FORGE_SECRET_KEY: 'short-secret', FORGE_PREVIOUS_SECRET_KEY: 'older-secret' })

  expect(message).toContain('FORGE_SECRET_KEY: must be 32 bytes')
  expect(message).toContain('FORGE_PREVIOUS_SECRET_KEY: must be 32 bytes')
  expect(message).not.toMatch(/(?:short|older)-secret/)
  expect(read({ FORGE_SECRET_KEY: 'ab'.repeat(32) }).secretKey).toHaveLength(32)
})

test('watts of a core and days of events are numbers within reason', () => {
  expect(read({}).eventRetentionDays).toBe(90)
  expect(read({ FORGE_CPU_WATTS: '7.5', FORGE_EVENT_RETENTION_DAYS: '0' })).toMatchObject({
    cpuWatts: 7.5,
    eventRetentionDays: 0,
  })
  const message = refusalOf({ FORGE_CPU_WATTS: '-1', FORGE_EVENT_RETENTION_DAYS: 'ten' })
  expect(message).toMatch(/FORGE_CPU_WATTS: .*\(got "-1"\)/)
  expect(message).toMatch(/FORGE_EVENT_RETENTION_DAYS: .*\(got "ten"\)/)
})
