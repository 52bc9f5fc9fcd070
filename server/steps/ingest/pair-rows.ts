import type { ColumnMapping } from '../../contract/ingest'
import { pairOutcome, type RowMaker } from './candidate'
import { requireColumn } from './detect-format'
import { cellReader, cellText } from './product'
import { columnVariables, textTemplate } from './template'

/** Columns `prompt`, `completion` and, if there is one, `system`. Throws `missing_column`. */
export const promptCompletionRows = (filename: string, columns: readonly string[]): RowMaker => {
  requireColumn(filename, columns, 'prompt')
  requireColumn(filename, columns, 'completion')
  return {
    push({ place, cells }) {
      const read = cellReader(cells)
      return [pairOutcome(read('system') || null, read('prompt'), read('completion'), place)]
    },
    end: () => [],
  }
}

/** Prompt and completion made of any columns by templates. Throws `invalid_template`, `missing_column`. */
export const mappedRows = (filename: string, columns: readonly string[], mapping: ColumnMapping): RowMaker => {
  const prompt = textTemplate(mapping.prompt, 'mapping.prompt')
  const completion = textTemplate(mapping.completion, 'mapping.completion')
  const system = mapping.system === null ? null : textTemplate(mapping.system, 'mapping.system')
  const available = Object.keys(columnVariables(Object.fromEntries(columns.map((name) => [name, ''])))).filter(
    (name) => name !== 'row',
  )
  for (const template of [prompt, completion, system]) template?.requireVariables(filename, available)
  return {
    push({ place, cells }) {
      const texts = Object.fromEntries(
        Object.entries(cells).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : value !== null && typeof value === 'object' ? value : cellText(value),
        ]),
      )
      const variables = columnVariables(texts)
      return [
        pairOutcome(
          system?.render(variables, place) ?? null,
          prompt.render(variables, place),
          completion.render(variables, place),
          place,
        ),
      ]
    },
    end: () => [],
  }
}
