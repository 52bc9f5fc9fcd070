interface Column {
  title: string
  align?: 'left' | 'right'
}

/** Columns of text, two blanks apart, under their titles. A row that is null becomes a rule. */
export const textTable = (columns: readonly Column[], rows: readonly (readonly string[] | null)[]): string => {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((width, row) => Math.max(width, (row?.[index] ?? '').length), title.length),
  )
  const pad = (text: string, index: number): string => {
    const width = widths[index] ?? 0
    return columns[index]?.align === 'right' ? text.padStart(width) : text.padEnd(width)
  }
  const line = (cells: readonly string[]): string =>
    columns
      .map((_column, index) => pad(cells[index] ?? '', index))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  return [line(columns.map(({ title }) => title)), rule, ...rows.map((row) => (row === null ? rule : line(row)))].join(
    '\n',
  )
}

/** Breaks at blanks so that no line is longer than `width`, unless a word is. Line breaks of the text stay. */
export const wrap = (text: string, width: number): string[] =>
  text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(/\s+/)) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = word
      } else {
        line = line === '' ? word : `${line} ${word}`
      }
    }
    return [...lines, line]
  })

/** Two texts side by side, each wrapped to `width` characters. */
export const sideBySide = (left: string, right: string, width: number): string => {
  const [a, b] = [wrap(left, width), wrap(right, width)]
  const height = Math.max(a.length, b.length)
  return Array.from({ length: height }, (_none, row) =>
    `${(a[row] ?? '').padEnd(width)}   ${b[row] ?? ''}`.trimEnd(),
  ).join('\n')
}
