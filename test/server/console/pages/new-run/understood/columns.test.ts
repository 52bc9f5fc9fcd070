import { makeRows } from '../../../../../../server/steps/ingest/row-maker'
import { ingestOptions } from '../../../../../../server/contract/ingest'
import {
  columnsNamedIn,
  insertAt,
  placeholderOf,
} from '../../../../../../server/console/pages/new-run/understood/columns'

const messageOf = (columns: string[], options: object = {}): string => {
  try {
    makeRows('a.csv', columns, ingestOptions.parse(options))
  } catch (error) {
    return `${(error as Error).message} ${(error as { hint: string }).hint}`
  }
  throw new Error('The rows were understood.')
}

test('the columns are those that the message of a failed reading names', () => {
  const columns = ['frage', 'Antwort (lang)', 'a "b" c']
  expect(columnsNamedIn(messageOf(columns))).toEqual(columns)
  expect(columnsNamedIn(messageOf(columns, { format: 'prompt-completion' }))).toEqual(columns)
})

test('a message about something else names none', () => {
  expect(columnsNamedIn('a.csv line 3: the completion is empty.')).toEqual([])
})

test.each(['title', 'Body (HTML)', 'in', 'preis_€', 'say "hi"', '1st'])(
  'a template with the column %p is understood',
  (column) => {
    const mapping = { prompt: placeholderOf(column), completion: placeholderOf(column) }
    const { maker } = makeRows('a.csv', [column], ingestOptions.parse({ format: 'mapping', mapping }))
    const outcomes = maker.push({ place: 'line 2', cells: { [column]: 'value' } })
    expect(JSON.stringify(outcomes)).toContain('"content":"value"')
  },
)

test('a column is put in at the cursor, over what is marked', () => {
  expect(insertAt('Say  please', '{{ a }}', 4, 4)).toEqual({ text: 'Say {{ a }} please', cursor: 11 })
  expect(insertAt('old', 'new', 0, 3)).toEqual({ text: 'new', cursor: 3 })
})
