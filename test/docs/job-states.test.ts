import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { moves, outcomes } from '../../server/jobs/states'

const docs = join(__dirname, '..', '..', 'docs')
const page = readFileSync(join(docs, 'job-states.md'), 'utf8')

const legal = Object.entries(moves)
  .flatMap(([from, list]) => list.map((to) => `${from} -> ${to}`))
  .sort()

/** The cells of the table whose first heading is `heading`, without its two heading rows. */
const tableOf = (text: string, heading: string): string[][] => {
  const start = text.indexOf(`| ${heading} |`)
  if (start === -1) throw new Error(`There is no table with the first column "${heading}".`)
  const [rows = ''] = text.slice(start).split('\n\n')
  return rows
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

const codes = (cell = ''): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
const movesIn = (text: string): string[] =>
  tableOf(text, 'From')
    .flatMap(([from, to]) => codes(to).map((name) => `${codes(from)[0] ?? ''} -> ${name}`))
    .sort()

test('the table of moves on the page of job states lists the legal moves and no others', () => {
  expect(movesIn(page)).toEqual(legal)
})

test('the table of moves on the page about leases lists the legal moves and no others', () => {
  expect(movesIn(readFileSync(join(docs, 'architecture', '01-jobs-and-leases.md'), 'utf8'))).toEqual(legal)
})

test('the diagram draws the legal moves and no others', () => {
  const drawn = [...page.matchAll(/^ {4}(\w+) --> (\w+)/gm)].map(([, from = '', to = '']) => `${from} -> ${to}`)

  expect(drawn.sort()).toEqual(legal)
})

test('the table of actions says what each action makes of each state', () => {
  const written = Object.fromEntries(
    tableOf(page, 'Action').map(([action, , ...results]) => [
      codes(action)[0] ?? '',
      Object.fromEntries(
        Object.keys(outcomes.lease).map((status, column) => [status, codes(results[column])[0] ?? null]),
      ),
    ]),
  )

  expect(written).toEqual(outcomes)
})
