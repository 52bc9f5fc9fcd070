import { z } from 'zod'
import { nearestIssue } from '../../../server/http/nearest-issue'

const shape = z.union([
  z.object({ kind: z.literal('square'), side: z.object({ metres: z.number() }) }),
  z.object({ radius: z.union([z.literal('auto'), z.number()]) }),
])
const pathOf = (value: unknown): string => {
  const { error } = z.object({ shape }).safeParse({ shape: value })
  const [issue] = error?.issues ?? []
  if (!issue) throw new Error('The value was taken.')
  return nearestIssue(issue).path.join('.')
}

test.each([
  [
    'the mistake of the variant that was read furthest',
    { kind: 'square', side: { metres: 'two' } },
    'shape.side.metres',
  ],
  ['the variant with the fewest mistakes where none was read further', { radius: 'two' }, 'shape.radius'],
  ['the union itself for a value of another type', 7, 'shape'],
])('a value that no variant takes is refused with %s', (_what, value, path) => {
  expect(pathOf(value)).toBe(path)
})
