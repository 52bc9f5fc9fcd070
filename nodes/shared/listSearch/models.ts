import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow'
import type { Model, Page } from '../contract'
import { forge } from '../transport'
import { day, entry, found } from './entry'

const kindNames = { base: 'base model', adapter: 'tuned model', deployment: 'deployment' } as const
type Kind = keyof typeof kindNames

const shown = (model: Model): INodeListSearchItems =>
  entry(model.id, model.name, [
    kindNames[model.kind],
    model.kind === 'deployment' && model.parent !== null ? `serves ${model.parent}` : null,
    model.gate === null ? null : `gate ${model.gate}`,
    model.created > 0 ? day(model.created) : null,
  ])

const search = (
  keep: (model: Model) => boolean,
  whenEmpty: string,
  order: readonly Kind[] = ['deployment', 'adapter', 'base'],
) =>
  async function (this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
    const { data } = await forge<Page<Model>>(this, { method: 'GET', path: '/v1/models' })
    const models = data
      .filter(keep)
      .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || b.created - a.created)
    return found(models.map(shown), filter, whenEmpty)
  }

/** What can be asked: deployments first. Models whose last gate failed are refused by the server, so they are left out. */
export const searchModels = search(
  (model) => model.gate !== 'failed' || model.kind === 'deployment',
  'No models yet: is a model folder set up on the worker?',
)
/** What a fine-tuning run can start from: a base model, or a tuned one to train on from. */
export const searchTrainableModels = search(
  ({ kind }) => kind !== 'deployment',
  'No base models: set one up on the worker',
  ['base', 'adapter', 'deployment'],
)
/** What a fine-tuning run made. */
export const searchTunedModels = search(
  ({ kind }) => kind === 'adapter',
  'No tuned models yet: run Forge Fine-Tune first',
)
/** What an evaluation can look at. */
export const searchEvaluableModels = search(
  ({ kind }) => kind !== 'deployment',
  'No models yet: run Forge Fine-Tune first',
)
