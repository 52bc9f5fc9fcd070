import type { Input } from '../../../api/client'
import { deploymentNameOf, isDeploymentName } from '../data/names'
import { isWithin } from '../range'

export type Recipe = Input<'applyRecipe'>['body']['recipe']
export type Gate = NonNullable<NonNullable<Recipe['evaluate']>['gate']>

/** What a person chooses for training, gate and deployment. Null: left to Forge, or not asked for. */
export interface Draft {
  base_model: string
  epochs: number | null
  max_steps: number | null
  learning_rate: number | null
  batch_size: number | null
  lora_rank: number | null
  max_length: number | null
  early_stopping_patience: number | null
  seed: number | null
  /** percent that the loss has to be below the base model's */
  loss_better: number | null
  /** chrF, 0 to 100 */
  chrf_least: number | null
  /** percent of the texts */
  language_least: number | null
  max_items: number | null
  deploys: boolean
  /** null: as the dataset is called */
  deployment: string | null
  asks: boolean
}

/** The base model is the one that set-up puts there; the list of the API corrects it where there is another. */
export const firstDraft: Draft = {
  base_model: 'smollm2-135m-instruct',
  epochs: 1,
  max_steps: null,
  learning_rate: null,
  batch_size: null,
  lora_rank: null,
  max_length: null,
  early_stopping_patience: null,
  seed: null,
  loss_better: 5,
  chrf_least: null,
  language_least: null,
  max_items: null,
  deploys: true,
  deployment: null,
  asks: false,
}

/** What each number may be, as the contract has it. */
export const ranges = {
  epochs: { min: 0.01, max: 100 },
  max_steps: { min: 1, max: 10_000_000 },
  learning_rate: { min: 0.000_000_1, max: 0.1 },
  batch_size: { min: 1, max: 1024 },
  lora_rank: { min: 1, max: 512 },
  max_length: { min: 16, max: 131_072 },
  early_stopping_patience: { min: 1, max: 1000 },
  seed: { min: 0, max: 2 ** 31 - 1 },
  loss_better: { min: 0, max: 100 },
  chrf_least: { min: 0, max: 100 },
  language_least: { min: 0, max: 100 },
  max_items: { min: 1, max: 2000 },
} as const
export type NumberName = keyof typeof ranges
const hyperparameterNames = [
  'epochs',
  'max_steps',
  'learning_rate',
  'batch_size',
  'lora_rank',
  'max_length',
  'early_stopping_patience',
  'seed',
] as const

/** Whether it can be started. */
export const isReady = (draft: Draft, dataset: string): boolean =>
  draft.base_model.trim() !== '' &&
  (Object.keys(ranges) as NumberName[]).every((name) => isWithin(draft[name], ranges[name])) &&
  (!draft.deploys || isDeploymentName(nameOf(draft, dataset)))

/** The name of the deployment. */
export const nameOf = ({ deployment }: Draft, dataset: string): string => deployment ?? deploymentNameOf(dataset)

/** Those that a person has set; the rest is Forge's to choose. */
export const hyperparametersOf = (draft: Draft): Partial<Record<(typeof hyperparameterNames)[number], number>> =>
  Object.fromEntries(hyperparameterNames.flatMap((name) => (draft[name] === null ? [] : [[name, draft[name]]])))

/** The thresholds; empty: every evaluation passes. */
export const gateOf = ({ loss_better, chrf_least, language_least }: Draft): Gate => ({
  ...(loss_better === null ? {} : { loss: { improve_by: loss_better / 100 } }),
  ...(chrf_least === null ? {} : { chrf: { min: chrf_least } }),
  ...(language_least === null ? {} : { language_match: { min: language_least / 100 } }),
})

/** The part of a recipe that follows the data. */
export const stepsOf = (draft: Draft, dataset: string): Omit<Recipe, 'name' | 'ingest'> => ({
  fine_tune: {
    base_model: draft.base_model.trim(),
    suffix: dataset.slice(0, 64),
    hyperparameters: hyperparametersOf(draft),
  },
  evaluate: { gate: gateOf(draft), ...(draft.max_items === null ? {} : { max_items: draft.max_items }) },
  ...(draft.deploys
    ? { deploy: { name: nameOf(draft, dataset), ...(draft.asks ? { require_approval: true } : {}) } }
    : {}),
})

/** The fine-tuning alone. */
export const fineTuneOf = (draft: Draft, dataset: string, versionId: string) => ({
  ...stepsOf(draft, dataset).fine_tune,
  data: { type: 'dataset' as const, dataset_version_id: versionId },
})

/** The passes over the rows that it comes to: the steps may end before the epochs do. The server estimates by epochs. */
export const effectiveEpochs = ({ epochs, max_steps, batch_size }: Draft, rows: number): number => {
  const asked = epochs ?? 1
  return max_steps === null || rows === 0 ? asked : Math.min(asked, (max_steps * (batch_size ?? 8)) / rows)
}
