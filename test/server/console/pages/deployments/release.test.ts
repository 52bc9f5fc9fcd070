import { isDeploymentName, releaseBody, type Release } from '../../../../../server/console/pages/deployments/release'

const plain: Release = { idle: 'same', requireApproval: false, force: false, reason: ' ' }

test('only what was said is sent', () => {
  expect(releaseBody(plain)).toEqual({})
  expect(releaseBody({ idle: '60', requireApproval: true, force: true, reason: ' known flaw ' })).toEqual({
    idle_timeout_s: 60,
    require_approval: true,
    force: true,
    reason: 'known flaw',
  })
  expect(releaseBody({ ...plain, idle: 'never' })).toEqual({ idle_timeout_s: null })
})

test.each([
  ['shop-writer', true],
  ['Shop', false],
  ['-shop', false],
  ['', false],
  ['a'.repeat(64), false],
])('%s can be a name: %s', (name, can) => {
  expect(isDeploymentName(name)).toBe(can)
})
