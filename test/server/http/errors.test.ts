import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errors, ForgeError, type ErrorCode } from '../../../server/contract/errors'
import type { Route } from '../../../server/contract/route'
import { routes } from '../../../server/contract/routes'

const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'errors.md'), 'utf8')
const codes = Object.keys(errors) as ErrorCode[]

test.each(codes)('%s is in docs/errors.md, names a remedy and never reads "undefined"', (code) => {
  expect(page).toContain(`| \`${code}\` | ${String(errors[code].status)} |`)
  const error = new ForgeError(code)
  expect(error.hint).not.toBe('')
  expect(error.message).not.toMatch(/undefined|null/)
})

test('docs/errors.md has no code that is gone', () => {
  const documented = [...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code)
  expect(documented.sort()).toEqual([...codes].sort())
})

test('every refusal that a route lists is an error of the catalogue', () => {
  for (const route of Object.values(routes) as Route[]) for (const code of route.errors) expect(codes).toContain(code)
})
