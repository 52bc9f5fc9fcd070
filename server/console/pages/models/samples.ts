import type { EvaluationItem } from '../../../contract/evaluations'

type ItemScores = EvaluationItem['model_scores']
/** What one model wrote for an item. */
interface Written {
  text: string
  scores: ItemScores
}
/** An item with what each model wrote, in the order of the models; null: it wrote nothing for it. */
export interface Sample {
  index: number
  prompt: string
  reference: string
  written: (Written | null)[]
}
export type SideName = 'model' | 'baseline'

const writtenBy = (side: SideName, item: EvaluationItem): Written | null => {
  if (side === 'model') return { text: item.model_text, scores: item.model_scores }
  return item.baseline_text === null ? null : { text: item.baseline_text, scores: item.baseline_scores ?? {} }
}

/** The items of one evaluation with the texts of these sides. */
export const samplesOf = (items: readonly EvaluationItem[], sides: readonly SideName[]): Sample[] =>
  items.map((item) => ({
    index: item.index,
    prompt: item.prompt,
    reference: item.reference,
    written: sides.map((side) => writtenBy(side, item)),
  }))

/** Items of two evaluations on the same data, joined by the row that they were asked with. Items of one alone come last. */
export const joinSamples = (
  [first, second]: readonly [readonly EvaluationItem[], readonly EvaluationItem[]],
  [firstSide, secondSide]: readonly [SideName, SideName],
): Sample[] => {
  const others = new Map(second.map((item) => [item.index, item]))
  const joined = first.map((item) => {
    const other = others.get(item.index)
    return { item, written: [writtenBy(firstSide, item), other === undefined ? null : writtenBy(secondSide, other)] }
  })
  const taken = new Set(first.map(({ index }) => index))
  const alone = second
    .filter(({ index }) => !taken.has(index))
    .map((item) => ({ item, written: [null, writtenBy(secondSide, item)] }))
  return [...joined, ...alone]
    .map(({ item: { index, prompt, reference }, written }) => ({ index, prompt, reference, written }))
    .sort((a, b) => Number(a.written.includes(null)) - Number(b.written.includes(null)) || a.index - b.index)
}
