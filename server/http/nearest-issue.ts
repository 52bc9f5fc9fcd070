import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/**
 * What to tell of a value that no variant of a union takes: the mistake in the variant that it came closest to, which is
 * where the reading got deepest, or else where least is wrong. Where none got further than the value itself, the union's
 * own refusal stays.
 */
export const nearestIssue = (issue: Issue): Issue => {
  if (issue.code !== 'invalid_union') return issue
  const [nearest] = issue.errors
    .flatMap((mistakes) => mistakes.slice(0, 1).map((first) => ({ first, count: mistakes.length })))
    .map(({ first, count }) => ({ count, first: nearestIssue({ ...first, path: [...issue.path, ...first.path] }) }))
    .sort((a, b) => b.first.path.length - a.first.path.length || a.count - b.count)
  return nearest && nearest.first.path.length > issue.path.length ? nearest.first : issue
}
