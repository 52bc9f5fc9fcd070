import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(__dirname, '..', '..', '..', '..', 'server', 'console', 'i18n')
type Texts = { [name: string]: string | Texts }
const textsOf = (file: string) => flat(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Texts)
const flat = (texts: Texts, path = ''): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([name, value]) =>
      typeof value === 'string' ? [[path + name, value]] : Object.entries(flat(value, `${path}${name}.`)),
    ),
  )
const variablesOf = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort()

const english = textsOf('en.json')
const others = readdirSync(folder).filter((file) => file.endsWith('.json') && file !== 'en.json')

/** The sources of the console in one text. */
const sources = readdirSync(join(folder, '..'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => readFileSync(join(folder, '..', path), 'utf8'))
  .join('\n')
/** Whether a view asks for a text: by its whole name, or by one that it completes with a state or a kind. */
const isAskedFor = (name: string): boolean => {
  const plain = name.replace(/_(zero|one|two|few|many|other)$/, '')
  const parts = plain.split('.')
  return (
    sources.includes(`'${plain}'`) ||
    parts.some((_part, at) => at > 0 && sources.includes(`\`${parts.slice(0, at).join('.')}.\${`))
  )
}

test('no text is left that no view shows', () => {
  expect(Object.keys(english).filter((name) => !isAskedFor(name))).toEqual([])
})

test('there is a second language', () => {
  expect(others).toContain('zh-TW.json')
})

test.each(others)('%s says all that English says, with the same variables', (file) => {
  const texts = textsOf(file)
  expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort())
  for (const [name, text] of Object.entries(texts)) {
    expect([name, text.trim()]).not.toEqual([name, ''])
    expect([name, variablesOf(text)]).toEqual([name, variablesOf(english[name] ?? '')])
  }
})
