import type { Approval } from '../../../../../server/contract/approvals'
import type { Deployment } from '../../../../../server/contract/deployments'
import type { Evaluation, EvaluationItem } from '../../../../../server/contract/evaluations'
import type { Model } from '../../../../../server/contract/models'

/* What the API answers, with the facts that a test is about. */
const at = '2026-12-01T00:00:00.000Z'

export const aModel = (facts: Partial<Model>): Model => ({
  id: 'model_1',
  object: 'model',
  created: 1,
  owned_by: 'proj_1',
  kind: 'adapter',
  name: 'smollm:first',
  base_model: 'smollm',
  parent: 'smollm',
  job_id: 'job_1',
  dataset_version_id: 'dsv_1',
  artifacts: [],
  artifact_hash: 'hash_1',
  metrics: {},
  gate: null,
  checkpoints: [],
  forge: { engine: 'llama', slow: false, callable: true },
  ...facts,
})

export const anEvaluation = (
  id: string,
  model: string,
  {
    hash = null,
    baseline = null,
    version = 'dsv_1',
    passed = true,
    created_at = at,
  }: {
    hash?: string | null
    baseline?: string | null
    version?: string
    passed?: boolean
    created_at?: string
  } = {},
): Evaluation => {
  const side = (of: string) => ({ model: of, all: {}, by_language: {}, perplexity: null })
  return {
    id,
    object: 'evaluation',
    model,
    artifact_hash: hash,
    dataset_version_id: version,
    result: {
      model: side(model),
      baseline: baseline === null ? null : side(baseline),
      gate: { passed, checks: [] },
      notes: [],
    },
    job_id: 'job_9',
    created_at,
  }
}

export const anApproval = (facts: Partial<Approval>): Approval => ({
  id: 'appr_1',
  object: 'approval',
  status: 'pending',
  job_id: 'job_8',
  deployment: 'shop',
  model: 'model_1',
  artifact_hash: 'hash_1',
  evaluation_id: null,
  forced: false,
  requested_at: at,
  expires_at: at,
  decided_at: null,
  decided_by: null,
  reason: null,
  ...facts,
})

export const aDeployment = (
  name: string,
  history: [model: string, state: Deployment['history'][number]['state']][],
): Deployment => {
  const newest = history.length
  return {
    id: `dep_${name}`,
    object: 'deployment',
    name,
    status: 'ready',
    model: history.find(([, state]) => state === 'serving')?.[0] ?? null,
    canary: null,
    generation: newest,
    serving_generation: null,
    history: history
      .map(([model, state], place) => ({ generation: place + 1, model, state, reason: null, created_at: at }))
      .reverse(),
    replicas: [],
    forge: { engine: 'llama', slow: false },
    created_at: at,
  }
}

export const anItem = (index: number, text: string, baseline: string | null = null): EvaluationItem => ({
  index,
  prompt: `prompt ${index}`,
  reference: `reference ${index}`,
  metadata: {},
  model_text: text,
  baseline_text: baseline,
  model_scores: { chrf: 1 },
  baseline_scores: baseline === null ? null : { chrf: 2 },
})
