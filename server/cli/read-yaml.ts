import { isMap, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { CliError } from './cli-error'

type Path = readonly PropertyKey[]

/** Where the value of a path begins, or the nearest part around it that is there: 1-based, null for the whole file. */
const lineOf = (document: Document, lines: LineCounter, path: Path): number | null => {
  for (let length = path.length; length > 0; length -= 1) {
    const key = path[length - 1]
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    // the key, not the value: a missing or misspelt value has no place of its own
    const keyNode = isMap(parent)
      ? parent.items.find((pair) => String(pair.key) === String(key))?.key
      : document.getIn(path.slice(0, length), true)
    const start = (keyNode as { range?: [number, number, number] } | undefined)?.range?.[0]
    if (start !== undefined) return lines.linePos(start).line
  }
  return null
}

const dotted = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  )

interface Problem {
  path: Path
  text: string
}

const toProblems = (issue: z.core.$ZodIssue): Problem[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], text: `"${key}" is not a key here` }))
  }
  return [{ path: issue.path, text: issue.message }]
}

/**
 * Parses YAML and checks it. Every problem is reported at once, as `file:line key: what`. Throws CliError.
 * @param name - the file as the reader knows it
 */
export const parseYaml = <T extends z.ZodType>(name: string, text: string, schema: T, hint: string): z.output<T> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const broken = document.errors.map((error) => `${name}:${lines.linePos(error.pos[0]).line}: ${error.message}`)
  if (broken.length > 0)
    throw new CliError(
      `This is not YAML.\n  ${broken.join('\n  ')}`,
      'Check the indentation and the quotes at that line.',
    )

  const parsed = schema.safeParse(document.toJS())
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.flatMap(toProblems).map(({ path, text: what }) => {
    const line = lineOf(document, lines, path)
    return `${name}${line === null ? '' : `:${line}`}${path.length === 0 ? '' : ` ${dotted(path)}`}: ${what}`
  })
  throw new CliError(
    `${name} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}.\n  ${problems.join('\n  ')}`,
    hint,
  )
}
