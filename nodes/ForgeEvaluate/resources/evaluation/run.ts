import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import type { CreateJob, Evaluation, Job, JobInput } from '../../../shared/contract'
import { usageFields } from '../../../shared/energy'
import { choice, jobOptionFields, jobOptionsOf } from '../../../shared/job-fields'
import { jsonObject } from '../../../shared/json-field'
import { datasetLocator, locator } from '../../../shared/locators'
import { pairs } from '../../../shared/item-ranges'
import type { WaitContext } from '../../../shared/wait-state'
import { forge } from '../../../shared/transport'
import { waitForJobs, waitOptions } from '../../../shared/wait'

const outputs = 3
const metrics = [
  { name: 'Brand Rules', value: 'brand_rules', description: 'Share of texts that break no rule of the options' },
  { name: 'chrF', value: 'chrf', description: 'Likeness to the reference text, 0 to 100' },
  { name: 'Language Match', value: 'language_match', description: 'Share of texts in the language that was asked for' },
  { name: 'Loss', value: 'loss', description: 'How surprised the model is by the reference; lower is better' },
]

export const fields: INodeProperties[] = [
  locator({
    displayName: 'Model',
    name: 'model',
    description: 'The model to judge',
    search: 'searchEvaluableModels',
    placeholder: 'model_…',
    collection: 'models',
  }),
  datasetLocator(),
  {
    displayName: 'Baseline',
    name: 'baseline_type',
    type: 'options',
    noDataExpression: true,
    options: [
      { name: 'Another Model', value: 'model' },
      { name: 'None', value: 'none' },
      { name: 'The Base Model It Was Tuned From', value: 'base' },
    ],
    default: 'base',
    description: 'What the model is compared with',
  },
  locator({
    displayName: 'Baseline Model',
    name: 'baseline',
    description: 'The model to compare with',
    search: 'searchEvaluableModels',
    placeholder: 'model_…',
    collection: 'models',
    displayOptions: { show: { baseline_type: ['model'] } },
  }),
  {
    displayName: 'Metrics',
    name: 'metrics',
    type: 'multiOptions',
    options: metrics,
    default: ['loss', 'chrf', 'language_match'],
    description: 'What is measured',
  },
  {
    displayName: 'Gate',
    name: 'gate',
    type: 'fixedCollection',
    typeOptions: { multipleValues: true },
    placeholder: 'Add threshold',
    default: {},
    description: 'All thresholds must hold for the output Passed; without one, every evaluation passes',
    options: [
      {
        displayName: 'Threshold',
        name: 'thresholds',
        values: [
          {
            displayName: 'Metric',
            name: 'metric',
            type: 'options',
            options: metrics,
            default: 'chrf',
            description: 'Which metric the threshold is for',
          },
          {
            displayName: 'Rule',
            name: 'rule',
            type: 'options',
            options: [
              { name: 'At Least', value: 'min' },
              { name: 'At Most', value: 'max' },
              { name: 'Better Than the Baseline By', value: 'improve_by', description: 'As a share: 0.1 is 10 %' },
            ],
            default: 'min',
          },
          {
            displayName: 'Value',
            name: 'value',
            type: 'number',
            typeOptions: { numberPrecision: 4 },
            default: 0,
            description: 'The value of the threshold, in the unit of the metric',
          },
        ],
      },
    ],
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    options: [
      {
        displayName: 'Brand Rules',
        name: 'rules',
        type: 'json',
        default: '{ "languages": {}, "channels": {} }',
        description: 'House style that a program can check: banned words, facts, length, closing line',
      },
      {
        displayName: 'Gate Language',
        name: 'gate_language',
        type: 'string',
        default: '',
        placeholder: 'e.g. en',
        description: 'The gate looks at rows of this language only',
      },
      ...waitOptions.slice(0, 1),
      {
        displayName: 'Maximum Items',
        name: 'max_items',
        type: 'number',
        typeOptions: { minValue: 1, maxValue: 2000 },
        default: 24,
        description: 'Held-out rows that text is generated for',
      },
      {
        displayName: 'Maximum Tokens',
        name: 'max_tokens',
        type: 'number',
        typeOptions: { minValue: 1, maxValue: 4096 },
        default: 64,
        description: 'Each text ends there at the latest',
      },
      ...jobOptionFields,
      ...waitOptions.slice(1),
    ],
  },
]

type Input = JobInput<'evaluate'>
interface Threshold {
  metric: string
  rule: 'min' | 'max' | 'improve_by'
  value: number
}

const evaluateJob = (context: IExecuteFunctions, item: number): CreateJob => {
  const {
    rules,
    gate_language: language,
    max_items: maxItems,
    max_tokens: maxTokens,
  } = context.getNodeParameter('options', item, {}) as {
    rules?: unknown
    gate_language?: string
    max_items?: number
    max_tokens?: number
  }
  const gate: Record<string, Record<string, number>> = {}
  for (const { metric, rule, value } of context.getNodeParameter('gate.thresholds', item, []) as Threshold[]) {
    gate[metric] = { ...gate[metric], [rule]: value }
  }
  // a metric with a threshold is measured, whether it was chosen or not
  const chosen = context.getNodeParameter('metrics', item, []) as string[]
  return {
    kind: 'evaluate',
    input: {
      model: choice(context, 'model', 'model', item),
      dataset_version_id: choice(context, 'dataset', 'dataset', item),
      baseline: baselineOf(context, item),
      metrics: [...new Set([...chosen, ...Object.keys(gate)])],
      gate,
      ...(language ? { gate_language: language } : {}),
      ...(maxItems === undefined ? {} : { max_items: maxItems }),
      ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
      ...(rules === undefined ? {} : { rules: jsonObject(context.getNode(), rules, 'Brand Rules', item) }),
    } as Input,
    job: jobOptionsOf(context, item),
  }
}

const baselineOf = (context: IExecuteFunctions, item: number): string | null => {
  const type = context.getNodeParameter('baseline_type', item, 'base') as string
  if (type === 'none') return null
  return type === 'base' ? 'base' : choice(context, 'baseline', 'baseline model', item)
}

/** Starts an evaluation per item; the execution parks until all have ended. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[][]> =>
  await waitForJobs(context, {
    outputs,
    present,
    jobs: () => context.getInputData().map((_, item) => ({ job: evaluateJob(context, item), items: [item] })),
  })

/** What an evaluation found: by Passed or by Below Gate. */
export const present = async (context: WaitContext, job: Job, items: number[]): Promise<INodeExecutionData[][]> => {
  const { evaluation_id: id } = job.result as { evaluation_id: string }
  const {
    model,
    dataset_version_id: dataset,
    result,
  } = await forge<Evaluation>(context, {
    method: 'GET',
    path: `/v1/evaluations/${encodeURIComponent(id)}`,
  })
  const json: IDataObject = {
    evaluation_id: id,
    model_id: model,
    dataset_version_id: dataset,
    passed: result.gate.passed,
    scores: result.model.all,
    baseline_scores: result.baseline?.all ?? null,
    checks: result.gate.checks,
    notes: result.notes,
    ...usageFields(job.usage),
    job_id: job.id,
  }
  const one = [{ json, pairedItem: pairs(items) }]
  return result.gate.passed ? [one, [], []] : [[], one, []]
}
