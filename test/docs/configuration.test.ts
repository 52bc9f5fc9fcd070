import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig, settingNames } from '../../server/config'
import { priceTable } from '../../server/contract/prices'

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'configuration.md'), 'utf8')
const documented = [...page.matchAll(/^\| `(FORGE_[A-Z_]+)` \|/gm)].map(([, name = '']) => name)

test('every setting has one row on the page of settings, and no row is about something else', () => {
  expect(documented.sort()).toEqual([...settingNames].sort())
})

test('every key of the price table is on the page of settings', () => {
  const missing = Object.keys(priceTable.shape).filter((key) => !page.includes(`| \`${key}\` |`))

  expect(missing).toEqual([])
})

test('the example of prices on the page is accepted', () => {
  const [, example = ''] = /^FORGE_PRICES='(.*)'$/m.exec(page) ?? []

  expect(readConfig({ FORGE_PRICES: example }, '/').prices.windows).toHaveLength(2)
})

test.each([
  ['FORGE_HOST', '127.0.0.1', 'host'],
  ['FORGE_PORT', '8470', 'port'],
  ['FORGE_UPLOAD_LIMIT_BYTES', '5368709120', 'uploadLimitBytes'],
  ['FORGE_DRAIN_SECONDS', '60', 'drainSeconds'],
  ['FORGE_LOG_LEVEL', 'info', 'logLevel'],
  ['FORGE_HF_ENDPOINT', 'https://huggingface.co', 'hubUrl'],
] as const)('the default of %s on the page is the one in force', (name, value, key) => {
  expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| \`${value}\``, 'm'))
  expect(String(readConfig({}, '/')[key])).toBe(value)
})
