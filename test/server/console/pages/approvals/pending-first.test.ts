import { pendingFirst } from '../../../../../server/console/pages/approvals/pending-first'
import { anApproval } from '../models/samples-of-data'

const at = (id: string, day: number, status: 'pending' | 'approved') =>
  anApproval({ id, status, requested_at: `2026-12-0${day}T00:00:00.000Z` })

test('what has waited longest is first, and nothing is there twice', () => {
  const pending = [at('new', 5, 'pending'), at('old', 2, 'pending')]
  const others = [at('new', 5, 'pending'), at('done', 4, 'approved'), at('old', 2, 'pending')]
  expect(pendingFirst(pending, others).map(({ id }) => id)).toEqual(['old', 'new', 'done'])
})
