import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/**
 * What to tell of a value that no variant of a union takes: the mistake in the variant that it came closest to, which is
 * where the reading got deepest. Where none got further than the value itself, the union's own refusal stays.
 */
export const nearestIssue = (issue: Issue): Issue => {
  if (issue.code !== 'invalid_union') return issue
  const [deepest] = issue.errors
    .flatMap((variant) => variant.slice(0, 1))
    .map((inner) => nearestIssue({ ...inner, path: [...issue.path, ...inner.path] }))
    .sort((a, b) => b.path.length - a.path.length)
  return deepest && deepest.path.length > issue.path.length ? deepest : issue
}
