/** Names that stand for something else in Jinja: a column that is called so is reached through `row`. */
const reserved = new Set(['if', 'else', 'elif', 'for', 'in', 'is', 'not', 'and', 'or', 'set', 'true', 'false', 'none', 'loop', 'range', 'namespace', 'row']) // prettier-ignore

/** How a template writes a column: `{{ title }}`, `{{ row["Body (HTML)"] }}`. */
export const placeholderOf = (column: string): string =>
  /^[A-Za-z_]\w*$/.test(column) && !reserved.has(column.toLowerCase())
    ? `{{ ${column} }}`
    : `{{ row[${JSON.stringify(column)}] }}`

/**
 * The columns that a failed reading names in its message: there is no report then. `The file has the columns "a", "b": …`
 * names 20 at most, `… has no column "x". It has: "a", "b".` 50.
 */
export const columnsNamedIn = (message: string): string[] => {
  const list = /has the columns (".*")|It has: (".*")/s.exec(message)
  const names = list?.[1] ?? list?.[2] ?? ''
  return [...names.matchAll(/"((?:[^"]|"(?!, "|$))*)"(?=, "|$)/g)].map(([, name]) => name ?? '')
}

/** Puts a text into another where the cursor is, and says where the cursor then stands. */
export const insertAt = (text: string, added: string, from: number, to: number): { text: string; cursor: number } => ({
  text: text.slice(0, from) + added + text.slice(to),
  cursor: from + added.length,
})
