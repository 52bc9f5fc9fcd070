import { lineageOf, type LineageFacts } from '../../../../../server/console/pages/models/lineage'
import { aDeployment, aModel, anApproval, anEvaluation } from './samples-of-data'

const checkpoint = 'ftjob_1:ckpt-step-5'
const model = aModel({ checkpoints: [{ step: 5, model: checkpoint, created_at: '2026-12-01T00:00:00.000Z' }] })
const facts = (more: Partial<LineageFacts> = {}): LineageFacts => ({
  model,
  dataset: { id: 'ds_1', name: 'shop', version: 2 },
  models: [model],
  evaluations: [],
  approvals: [],
  deployments: [],
  ...more,
})
const edges = (of: Partial<LineageFacts>) => lineageOf(facts(of)).edges.map(({ from, to }) => `${from} > ${to}`)

test('the chain goes from the dataset version to the deployment', () => {
  const lineage = lineageOf(
    facts({
      evaluations: [anEvaluation('eval_1', 'model_1', { hash: 'hash_1' })],
      approvals: [anApproval({ status: 'approved', evaluation_id: 'eval_1' })],
      deployments: [aDeployment('shop', [['model_1', 'serving']])],
    }),
  )
  expect(lineage.nodes.map(({ stage, id, state }) => [stage, id, state])).toEqual([
    ['source', 'dsv_1', null],
    ['source', 'smollm', null],
    ['training', 'job_1', null],
    ['checkpoint', checkpoint, null],
    ['model', 'model_1', null],
    ['evaluation', 'eval_1', 'passed'],
    ['approval', 'appr_1', 'approved'],
    ['deployment', 'dep_shop', 'serves'],
  ])
  expect(lineage.edges.map(({ from, to }) => `${from} > ${to}`)).toEqual([
    'dsv_1 > job_1',
    'smollm > job_1',
    `job_1 > ${checkpoint}`,
    'job_1 > model_1',
    'model_1 > eval_1',
    'eval_1 > appr_1',
    'appr_1 > dep_shop',
  ])
  expect(lineage.nodes[0]).toMatchObject({ name: 'shop v2', view: '/datasets/ds_1' })
})

test('an evaluation of other artifacts is not its own, one of its checkpoint comes from that', () => {
  const evaluations = [
    anEvaluation('eval_other', 'model_1', { hash: 'hash_of_before' }),
    anEvaluation('eval_step', checkpoint, { hash: 'hash_of_step', passed: false }),
  ]
  const lineage = lineageOf(facts({ evaluations }))
  expect(lineage.nodes.filter(({ stage }) => stage === 'evaluation')).toMatchObject([
    { id: 'eval_step', state: 'failed' },
  ])
  expect(edges({ evaluations })).toContain(`${checkpoint} > eval_step`)
})

test('without an approval a deployment comes from what it serves; without an evaluation so does an approval', () => {
  const deployments = [aDeployment('shop', [['model_1', 'retired'], [checkpoint, 'serving']])] // prettier-ignore
  const made = edges({ deployments, approvals: [anApproval({ status: 'rejected' })] })
  expect(made).toEqual(expect.arrayContaining([`${checkpoint} > dep_shop`, 'model_1 > dep_shop', 'model_1 > appr_1']))
  expect(made).not.toContain('appr_1 > dep_shop')
})

test('deployments of other models and those that calls made are left out', () => {
  const deployments = [aDeployment('other', [['model_2', 'serving']]), aDeployment('on-demand:model_1', [['model_1', 'serving']])] // prettier-ignore
  expect(lineageOf(facts({ deployments })).nodes.some(({ stage }) => stage === 'deployment')).toBe(false)
})

test('a base model has no past; what was evaluated under its name is its own', () => {
  const base = aModel({
    id: 'smollm',
    kind: 'base',
    name: 'smollm',
    parent: null,
    job_id: null,
    dataset_version_id: null,
    artifact_hash: null,
  })
  const evaluations = [anEvaluation('eval_1', 'smollm'), anEvaluation('eval_2', 'model_1', { hash: 'hash_1' })]
  const { nodes } = lineageOf(facts({ model: base, dataset: null, evaluations }))
  expect(nodes.map(({ id }) => id)).toEqual(['smollm', 'eval_1'])
})

test('every edge joins two nodes, also when the dataset is not known and an evaluation is not listed', () => {
  const { nodes, edges: joined } = lineageOf(
    facts({ dataset: null, approvals: [anApproval({ evaluation_id: 'eval_of_long_ago' })] }),
  )
  const ids = new Set(nodes.map(({ id }) => id))
  expect(joined.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([])
  expect(nodes[0]).toMatchObject({ name: 'dsv_1', view: null })
})
