import { Template } from '@huggingface/jinja'
import { IngestError } from './ingest-error'

const snakeNames = new Map<string, string>()

/** A column's name as a template can write it: `Copy EN Shop` → `copy_en_shop`, `Body (HTML)` → `body_html`. */
export const snakeCase = (name: string): string => {
  const known = snakeNames.get(name)
  if (known !== undefined) return known
  const snake = name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
  const valid = /^\p{N}/u.test(snake) ? `_${snake}` : snake
  // names come from columns, of which there are few; JSON keys may be many, so the memory has an end
  if (snakeNames.size < 5000) snakeNames.set(name, valid)
  return valid
}

/** Cells under their own and their snake_cased names, and all of them as `row`. */
export const columnVariables = (cells: Record<string, unknown>): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(cells).map(([name, value]) => [snakeCase(name), value])),
  ...cells,
  row: cells,
})

interface Names {
  used: Set<string>
  /** Bound by `for` or `set`, asked for by `if`, or given a `default`: may be absent. */
  free: Set<string>
}

const isNode = (value: unknown): value is Record<string, unknown> & { type: string } =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Collects the variables of a parsed template; `optional` marks parts in which any name may be absent. */
const collectNames = (value: unknown, names: Names, optional = false): void => {
  if (Array.isArray(value)) {
    value.forEach((part) => collectNames(part, names, optional))
    return
  }
  if (!isNode(value)) return
  if (value.type === 'Identifier') {
    ;(optional ? names.free : names.used).add(value.value as string)
    return
  }
  for (const [key, part] of Object.entries(value)) {
    const isName =
      key === 'operator' ||
      key === 'filter' ||
      (key === 'test' && value.type === 'TestExpression') ||
      (key === 'key' && value.type === 'KeywordArgumentExpression') ||
      (key === 'property' && value.computed === false)
    if (isName) continue
    const mayBeAbsent =
      key === 'loopvar' ||
      key === 'assignee' ||
      (key === 'test' && (value.type === 'If' || value.type === 'Ternary')) ||
      value.type === 'TestExpression' ||
      (key === 'operand' && isDefaultFilter(value))
    collectNames(part, names, optional || mayBeAbsent)
  }
}

const isDefaultFilter = (node: Record<string, unknown>): boolean => {
  if (node.type !== 'FilterExpression' || !isNode(node.filter)) return false
  const filter = node.filter.type === 'CallExpression' ? node.filter.callee : node.filter
  return isNode(filter) && filter.value === 'default'
}

const builtIn = new Set(['loop', 'range', 'namespace', 'true', 'false', 'none', 'True', 'False', 'None', 'row'])

/** A Jinja template that knows which variables it needs. */
export interface TextTemplate {
  /** The text, trimmed. Throws `invalid_template` naming the row when Jinja refuses. */
  render(variables: Record<string, unknown>, place: string): string
  /** Throws `missing_column` when a variable is used unconditionally that no column gives. */
  requireVariables(filename: string, available: readonly string[]): void
}

/** Parses a template once. `option` names it in errors. Throws `invalid_template`. */
export const textTemplate = (source: string, option: string): TextTemplate => {
  const hint = 'Templates are Jinja; check the braces and the names of filters.'
  const attempt = <T>(work: () => T, where: string): T => {
    try {
      return work()
    } catch (error) {
      throw new IngestError('invalid_template', `${option}${where}: ${(error as Error).message}`, hint)
    }
  }
  const template = attempt(() => new Template(source), '')
  const names: Names = { used: new Set(), free: new Set() }
  collectNames(template.parsed, names)
  const needed = [...names.used].filter((name) => !names.free.has(name) && !builtIn.has(name))

  return {
    render: (variables, place) => attempt(() => template.render(variables).trim(), ` at ${place}`),
    requireVariables(filename, available) {
      const known = new Set(available)
      const missing = needed.filter((name) => !known.has(name))
      if (missing.length === 0) return
      throw new IngestError(
        'missing_column',
        `${option} uses ${missing.map((name) => `"${name}"`).join(', ')}, which ${filename} does not have. It has: ${available.join(', ')}.`,
        'Correct the name, or ask first: {% if name %}…{% endif %}.',
      )
    },
  }
}
