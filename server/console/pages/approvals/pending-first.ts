import type { Approval } from '../../../contract/approvals'

/** What waits for a person, oldest first, since it has waited longest; then the others as they come. */
export const pendingFirst = (pending: readonly Approval[], others: readonly Approval[]): Approval[] => {
  const known = new Set(pending.map(({ id }) => id))
  return [
    ...[...pending].sort((a, b) => a.requested_at.localeCompare(b.requested_at)),
    ...others.filter(({ id }) => !known.has(id)),
  ]
}
