import { toggled } from '../../../../../server/console/pages/settings/toggled'

test('a value goes in and out again, in the order of all', () => {
  const all = ['read', 'write', 'admin']
  expect(toggled(all, ['admin'], 'read')).toEqual(['read', 'admin'])
  expect(toggled(all, ['read', 'admin'], 'read')).toEqual(['admin'])
})
