import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(__dirname, '..', '..')
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8')
const note = read('docs', 'decisions', '0002-dependencies.md')

interface Manifest {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** The names of what a package installs, without folders that stand in for a package. */
const runtimeOf = (...path: string[]): string[] => {
  const { dependencies, optionalDependencies } = JSON.parse(read(...path)) as Manifest
  return Object.entries({ ...dependencies, ...optionalDependencies })
    .filter(([, version]) => !version.startsWith('file:'))
    .map(([name]) => name)
}

test.each([
  ['server', ['server', 'package.json']],
  ['serving engine', ['server', 'engines', 'llama', 'package.json']],
])('every runtime dependency of the %s has a line that says what it is for', (_part, path) => {
  const missing = runtimeOf(...path).filter((name) => !note.includes(`| \`${name}\` |`))

  expect(missing).toEqual([])
})

test('every direct dependency of the Python engine has a line that says what it is for', () => {
  const [, list = ''] = /^dependencies = \[(.*?)\]/ms.exec(read('server', 'python', 'pyproject.toml')) ?? []
  const missing = [...list.matchAll(/"([\w-]+)==/g)]
    .map(([, name = '']) => name)
    .filter((name) => !note.includes(`| \`${name}\` |`))

  expect(list).not.toBe('')
  expect(missing).toEqual([])
})
