import type { EvaluationItem } from '../contract/evaluations'
import type { GenerationRow } from '../contract/generations'
import { sideBySide, textTable, wrap } from './text-table'

export interface SamplePair {
  metadata: Record<string, unknown>
  base: string
  tuned: string
}

const label = (metadata: Record<string, unknown>): string =>
  ['title', 'channel', 'language']
    .map((key) => metadata[key])
    .filter((value) => typeof value === 'string' && value !== '')
    .join(' · ')

/** The rows that the base model wrote too. */
export const pairsOf = (rows: readonly GenerationRow[]): SamplePair[] =>
  rows.flatMap(({ metadata, text, compare_text }) =>
    text === null || compare_text === null ? [] : [{ metadata, base: compare_text, tuned: text }],
  )

/** `limit` of the values, evenly spread from first to last. */
export const spread = <T>(values: readonly T[], limit: number): T[] =>
  values.length <= limit
    ? [...values]
    : Array.from({ length: limit }, (_none, n) => values[Math.floor((n * values.length) / limit)] as T)

/** Held-out rows as the base and the tuned model wrote them. */
export const evaluationPairs = (items: readonly EvaluationItem[]): SamplePair[] =>
  items.flatMap(({ metadata, model_text, baseline_text }) =>
    baseline_text === null ? [] : [{ metadata, base: baseline_text, tuned: model_text }],
  )

/** Base on the left, tuned on the right. */
export const samplePairs = (pairs: readonly SamplePair[], width = 52): string =>
  [
    `${'base'.padEnd(width)}   tuned`,
    `${'─'.repeat(width)}   ${'─'.repeat(width)}`,
    ...pairs.map(({ metadata, base, tuned }) => `${label(metadata)}\n${sideBySide(base, tuned, width)}\n`),
  ]
    .join('\n')
    .trimEnd()

/** Texts of the tuned model, each under its product, channel and language. A row that failed shows its error. */
export const sampleTexts = (rows: readonly GenerationRow[], width = 100): string =>
  rows
    .map(({ metadata, text, error }) => {
      const body = text ?? `failed: ${error?.message ?? 'no text'}`
      return [label(metadata), ...wrap(body, width).map((line) => `  ${line}`)].join('\n')
    })
    .join('\n')

/** Items and failures by language and channel. */
export const coverage = (rows: readonly GenerationRow[]): string => {
  const groups = new Map<string, { language: string; channel: string; texts: number; failed: number }>()
  for (const { metadata, text } of rows) {
    const [language, channel] = [metadata['language'], metadata['channel']].map((value) =>
      typeof value === 'string' ? value : '-',
    ) as [string, string]
    const key = `${language}\n${channel}`
    const group = groups.get(key) ?? { language, channel, texts: 0, failed: 0 }
    if (text === null) group.failed += 1
    else group.texts += 1
    groups.set(key, group)
  }
  return textTable(
    [
      { title: 'language' },
      { title: 'channel' },
      { title: 'texts', align: 'right' },
      { title: 'failed', align: 'right' },
    ],
    [...groups.values()].map(({ language, channel, texts, failed }) => [
      language,
      channel,
      String(texts),
      String(failed),
    ]),
  )
}
