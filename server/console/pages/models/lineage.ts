import type { Approval } from '../../../contract/approvals'
import type { Deployment } from '../../../contract/deployments'
import type { Evaluation } from '../../../contract/evaluations'
import type { Model } from '../../../contract/models'
import { paths } from '../../paths'
import { isOnDemand } from './dependents'
import { nameModel } from './model-names'

/** The stages of a model's life, in their order. */
export const stages = ['source', 'training', 'checkpoint', 'model', 'evaluation', 'approval', 'deployment'] as const
export type Stage = (typeof stages)[number]

export type NodeState = 'passed' | 'failed' | Approval['status'] | 'serves' | 'rolling_out' | 'served_before'
export interface LineageNode {
  id: string
  stage: Stage
  /** its name; null: it is told by its stage and its time */
  name: string | null
  at: string | null
  state: NodeState | null
  view: string | null
}
export interface LineageEdge {
  from: string
  to: string
}
export interface Lineage {
  nodes: LineageNode[]
  edges: LineageEdge[]
}
export interface LineageFacts {
  model: Model
  /** the dataset of the version that it was trained on; null: none, or not known */
  dataset: { id: string; name: string; version: number } | null
  models: readonly Model[]
  evaluations: readonly Evaluation[]
  approvals: readonly Approval[]
  deployments: readonly Deployment[]
}

/** Whether an evaluation judged this model: its artifacts where it has some, else its id. */
export const isOf = (evaluation: Evaluation, { id, artifact_hash }: Pick<Model, 'id' | 'artifact_hash'>): boolean =>
  artifact_hash === null ? evaluation.result.model.model === id : evaluation.artifact_hash === artifact_hash

type Graph = Lineage & { add: (node: LineageNode, from: readonly string[]) => void }

const emptyGraph = (): Graph => {
  const nodes: LineageNode[] = []
  const edges: LineageEdge[] = []
  return {
    nodes,
    edges,
    add(node, from) {
      nodes.push(node)
      edges.push(...from.map((source) => ({ from: source, to: node.id })))
    },
  }
}

const addTraining = ({ add }: Graph, { model, dataset, models }: LineageFacts): void => {
  const { dataset_version_id: version, parent, job_id, checkpoints } = model
  const sources: string[] = []
  if (version !== null) {
    sources.push(version)
    const name = dataset === null ? version : `${dataset.name} v${dataset.version}`
    const view = dataset === null ? null : paths.dataset(dataset.id)
    add({ id: version, stage: 'source', name, at: null, state: null, view }, [])
  }
  if (parent !== null) {
    sources.push(parent)
    const { text, view } = nameModel(parent, models)
    add({ id: parent, stage: 'source', name: text, at: null, state: null, view }, [])
  }
  if (job_id === null) return
  add({ id: job_id, stage: 'training', name: null, at: null, state: null, view: paths.job(job_id) }, sources)
  for (const { model: id, step, created_at: at } of checkpoints)
    add({ id, stage: 'checkpoint', name: String(step), at, state: null, view: null }, [job_id])
}

const addEvaluations = ({ add }: Graph, { model, evaluations }: LineageFacts): void => {
  const checkpoints = new Set(model.checkpoints.map(({ model: id }) => id))
  for (const evaluation of evaluations) {
    const judged = evaluation.result.model.model
    if (!isOf(evaluation, model) && !checkpoints.has(judged)) continue
    const { id, created_at: at, result } = evaluation
    const state = result.gate.passed ? 'passed' : 'failed'
    const from = checkpoints.has(judged) ? judged : model.id
    add({ id, stage: 'evaluation', name: null, at, state, view: paths.evaluation(id) }, [from])
  }
}

const stateOf = ({ history }: Deployment, ids: ReadonlySet<string>): NodeState | null => {
  const states = new Set(history.filter(({ model }) => ids.has(model)).map(({ state }) => state))
  if (states.has('serving')) return 'serves'
  if (states.has('rolling_out')) return 'rolling_out'
  if (states.has('retired')) return 'served_before'
  return states.has('failed') ? 'failed' : null
}

const addRelease = ({ add, nodes }: Graph, { model, approvals, deployments }: LineageFacts): void => {
  const ids = new Set([model.id, ...model.checkpoints.map(({ model: id }) => id)])
  const known = new Set(nodes.map(({ id }) => id))
  const asked = approvals.filter((approval) => ids.has(approval.model))
  for (const { id, deployment, evaluation_id: judged, model: of, requested_at: at, status: state } of asked) {
    const from = judged !== null && known.has(judged) ? judged : of
    add({ id, stage: 'approval', name: deployment, at, state, view: paths.approval(id) }, [from])
  }
  for (const deployment of deployments) {
    const state = isOnDemand(deployment) ? null : stateOf(deployment, ids)
    if (state === null) continue
    const approved = asked.filter(({ status, deployment: name }) => status === 'approved' && name === deployment.name)
    const models = [...new Set(deployment.history.map(({ model: of }) => of).filter((of) => ids.has(of)))]
    const { id, name, created_at: at } = deployment
    const from = approved.length > 0 ? approved.map(({ id: approval }) => approval) : models
    add({ id, stage: 'deployment', name, at, state, view: paths.deployment(id) }, from)
  }
}

/**
 * Where a model comes from and what became of it: dataset version and parent, fine-tune job, checkpoints, evaluations,
 * approvals, deployments. Nodes of a stage come in the order of time; every edge joins two nodes.
 */
export const lineageOf = (facts: LineageFacts): Lineage => {
  const graph = emptyGraph()
  const { id, name, job_id } = facts.model
  addTraining(graph, facts)
  graph.add({ id, stage: 'model', name, at: null, state: null, view: null }, job_id === null ? [] : [job_id])
  addEvaluations(graph, facts)
  addRelease(graph, facts)
  const place = ({ stage }: LineageNode): number => stages.indexOf(stage)
  const nodes = [...graph.nodes].sort((a, b) => place(a) - place(b) || (a.at ?? '').localeCompare(b.at ?? ''))
  return { nodes, edges: graph.edges }
}
