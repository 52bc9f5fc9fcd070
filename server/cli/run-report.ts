import type { ForgeClient } from '../client/client'
import type { Evaluation, EvaluationItem } from '../contract/evaluations'
import type { GenerationRow } from '../contract/generations'
import type { Job, StepKind } from '../contract/jobs'
import type { Model } from '../contract/models'
import { routes } from '../contract/routes'
import type { EndedRun } from './follow-run'
import { evaluationTable, gateLines } from './print-evaluation'
import { coverage, evaluationPairs, pairsOf, samplePairs, sampleTexts, spread } from './print-samples'
import { totalsTable } from './print-totals'

/** Everything a run made, read from the API; null for steps that the recipe lacks or that did not succeed. */
export interface RunResults extends EndedRun {
  model: Model | null
  evaluation: Evaluation | null
  items: EvaluationItem[]
  deployment: string | null
  generated: GenerationRow[]
}

const jobOf = ({ steps }: EndedRun, kind: StepKind): Job | undefined =>
  steps.find(({ job }) => job.kind === kind && job.status === 'succeeded')?.job
/** What a job made, e.g. its `model_id`; null when it has none. */
export const resultText = (job: Job | undefined, key: string): string | null => {
  const value = job?.result?.[key]
  return typeof value === 'string' ? value : null
}

/** Reads what the steps of an ended run left behind. Throws ApiError. */
export const readResults = async (client: ForgeClient, ended: EndedRun): Promise<RunResults> => {
  const modelId = resultText(jobOf(ended, 'fine-tune'), 'model_id')
  const evaluationId = resultText(jobOf(ended, 'evaluate'), 'evaluation_id')
  const generateJob = jobOf(ended, 'generate')
  return {
    ...ended,
    model: modelId === null ? null : await client.call(routes.getModel, { params: { id: modelId } }),
    evaluation:
      evaluationId === null ? null : await client.call(routes.getEvaluation, { params: { id: evaluationId } }),
    items:
      evaluationId === null
        ? []
        : (await client.call(routes.getEvaluationItems, { params: { id: evaluationId } })).items,
    deployment: resultText(jobOf(ended, 'deploy'), 'name'),
    generated: generateJob
      ? ((await client.call(routes.getGeneration, { params: { id: generateJob.id } })).rows ?? [])
      : [],
  }
}

/** 0 when every step succeeded and no gate failed, else 1. */
export const exitCode = ({ run, evaluation }: RunResults): 0 | 1 =>
  run.status === 'succeeded' && evaluation?.result.gate.passed !== false ? 0 : 1

const section = (title: string, body: string): string[] => (body === '' ? [] : ['', title, '', body])
const sampleSize = 6

/** The run as a page of text: evaluation, samples, totals. */
export const runReport = (results: RunResults): string => {
  const { run, steps, evaluation, items, generated, model, deployment } = results
  const pairs = pairsOf(generated)
  const others = generated.filter(({ compare_text }) => compare_text === null)
  return [
    `${run.name}: ${run.status}`,
    ...(model ? [`model       ${model.id} (from ${model.base_model})`] : []),
    ...(deployment === null ? [] : [`deployment  ${deployment}`]),
    ...(evaluation
      ? [
          ...section('Evaluation on held-out rows', evaluationTable(evaluation.result)),
          ...section('Gate', gateLines(evaluation.result)),
          ...section('Notes', evaluation.result.notes.map((note) => `- ${note}`).join('\n')),
        ]
      : []),
    ...section(`Generated: ${generated.length} texts`, generated.length === 0 ? '' : coverage(generated)),
    ...(pairs.length > 0
      ? section('The same prompt to both models', samplePairs(spread(pairs, sampleSize)))
      : section(
          'Held-out prompts to both models',
          items.length === 0 ? '' : samplePairs(spread(evaluationPairs(items), sampleSize)),
        )),
    ...section('More texts of the tuned model', sampleTexts(spread(others, sampleSize))),
    ...section('What it took', totalsTable(steps)),
  ].join('\n')
}
