import type { MetricName } from '../../contract/evaluations'
import type { TextRules } from '../../contract/text-rules'
import type { Task } from '../handler'
import { checkTextRules } from './check-text-rules'
import type { HeldOutRow } from './held-out-rows'
import type { Scores } from './judge-gate'

/** A text that a model wrote for a row. */
export interface WrittenText {
  row: HeldOutRow
  text: string
}
export interface TextScores {
  all: Scores
  by_language: Record<string, Scores>
  /** In the order of the texts. */
  items: Record<string, number | boolean | string | string[]>[]
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Scores of texts: chrF (0 to 100) against the references, and the shares that keep all rules and have the row's language. */
export const scoreTexts = async (
  texts: readonly WrittenText[],
  { metrics, rules }: { metrics: readonly MetricName[]; rules: TextRules | null },
  { training, detectLanguage }: Pick<Task, 'training' | 'detectLanguage'>,
): Promise<TextScores> => {
  const wants = new Set(metrics)
  const chrf = (of: readonly WrittenText[]) =>
    training.chrf(of.map(({ text, row }) => ({ hypothesis: text, reference: row.reference })))
  const whole = wants.has('chrf') ? await chrf(texts) : null
  const broken =
    rules !== null && wants.has('brand_rules') ? texts.map(({ text, row }) => checkTextRules(text, row, rules)) : null
  const found = wants.has('language_match') ? await Promise.all(texts.map(({ text }) => detectLanguage(text))) : null

  const shares = (indices: readonly number[]): Scores => ({
    ...(broken === null ? {} : { brand_rules: mean(indices.map((index) => (broken[index]?.length === 0 ? 1 : 0))) }),
    ...(found === null
      ? {}
      : { language_match: mean(indices.map((index) => (found[index] === texts[index]?.row.language ? 1 : 0))) }),
  })
  const byLanguage: Record<string, Scores> = {}
  for (const language of new Set(texts.map(({ row }) => row.language))) {
    const indices = texts.flatMap(({ row }, index) => (row.language === language ? [index] : []))
    const corpus = whole === null ? null : (await chrf(texts.filter(({ row }) => row.language === language))).corpus
    byLanguage[language] = { ...(corpus === null ? {} : { chrf: corpus }), ...shares(indices) }
  }
  return {
    all: { ...(whole === null ? {} : { chrf: whole.corpus }), ...shares([...texts.keys()]) },
    by_language: byLanguage,
    items: texts.map((_text, index) => {
      const rulesBroken = broken?.[index]
      const sentence = whole?.sentences[index]
      const language = found?.[index]
      return {
        ...(sentence === undefined ? {} : { chrf: sentence }),
        ...(rulesBroken === undefined ? {} : { brand_rules: rulesBroken.length === 0, broken_rules: rulesBroken }),
        ...(language === undefined ? {} : { language, language_match: language === texts[index]?.row.language }),
      }
    }),
  }
}
