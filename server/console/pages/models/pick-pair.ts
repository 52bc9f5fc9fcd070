import type { Evaluation } from '../../../contract/evaluations'
import type { Model } from '../../../contract/models'
import { isOf } from './lineage'
import type { SideName } from './samples'

/** A model's side of an evaluation: as the one judged, or as the baseline beside it. */
export interface Measured {
  evaluation: Evaluation
  side: SideName
}
export type Pair =
  | { kind: 'same_data'; first: Measured; second: Measured }
  | { kind: 'other_data'; first: Measured; second: Measured }
  | { kind: 'missing'; first: Measured | null; second: Measured | null }

type Judged = Pick<Model, 'id' | 'artifact_hash'>

/** Newest first, as the API lists evaluations; as the judged model before as a baseline. */
const measuredOf = (evaluations: readonly Evaluation[], model: Judged): Measured[] => [
  ...evaluations
    .filter((evaluation) => isOf(evaluation, model))
    .map((evaluation) => ({ evaluation, side: 'model' as const })),
  ...evaluations
    .filter(({ result }) => result.baseline?.model === model.id)
    .map((evaluation) => ({ evaluation, side: 'baseline' as const })),
]

/**
 * The evaluations by which two models are compared: the same one where it has both, else the newest of each on the same
 * version of a dataset; else the newest of each, and that their data differ.
 */
export const pickPair = (evaluations: readonly Evaluation[], [a, b]: readonly [Judged, Judged]): Pair => {
  const [firsts, seconds] = [measuredOf(evaluations, a), measuredOf(evaluations, b)]
  const find = (fits: (one: Evaluation, other: Evaluation) => boolean): Pair | undefined => {
    for (const first of firsts)
      for (const second of seconds)
        if (fits(first.evaluation, second.evaluation)) return { kind: 'same_data', first, second }
    return undefined
  }
  const same =
    find((one, other) => one.id === other.id) ??
    find((one, other) => one.dataset_version_id === other.dataset_version_id)
  if (same) return same
  const [first = null, second = null] = [firsts[0], seconds[0]]
  return first && second ? { kind: 'other_data', first, second } : { kind: 'missing', first, second }
}
