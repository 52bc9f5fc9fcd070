import type { Json } from './json'

const text = (value: string): string => JSON.stringify(value).replace(/\u007f/g, '\\u007f')

/** A value as Python writes it, broken into lines where one would be long. */
export const python = (value: Json, indent = 0): string => {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') return String(value)
  const isList = Array.isArray(value)
  const parts = isList
    ? value.map((item) => python(item, indent + 4))
    : Object.entries(value).map(([name, item]) => `${text(name)}: ${python(item, indent + 4)}`)
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  const line = `${open}${parts.join(', ')}${close}`
  if (line.length + indent < 80 && !line.includes('\n')) return line
  const inner = ' '.repeat(indent + 4)
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${' '.repeat(indent)}${close}`
}
