import { gateOf, hyperparametersOf, nameOf } from '../plan/draft'
import type { Json } from './json'
import { statedOptions, statedProductTexts, type Run } from './run'

type Parameters = Record<string, Json>
interface Node {
  name: string
  type: string
  typeVersion: number
  parameters: Parameters
}
const forge = (name: string, type: string, parameters: Parameters): Node => ({
  name,
  type: `n8n-nodes-forge.${type}`,
  typeVersion: 1,
  parameters,
})
/** What n8n calls a resource locator: an id, here mostly one of an earlier node. */
const locator = (value: string): Json => ({ __rl: true, mode: 'id', value })
const outputOf = (node: string, field: string): Json => locator(`={{ $('${node}').first().json.${field} }}`)

const sourceParameters = ({ source }: Run): Parameters => {
  switch (source.type) {
    case 'url':
      return {
        operation: 'fromSource',
        source: 'url',
        url: source.url,
        ...(source.connection ? { optional_connection: locator(source.connection) } : {}),
      }
    case 's3':
      return { operation: 'fromSource', source: 's3', uri: source.uri, connection: locator(source.connection) }
    case 'sql':
      return { operation: 'fromSource', source: 'sql', query: source.query, connection: locator(source.connection) }
    case 'dataset':
      return { operation: 'fromSource', source: 'dataset', dataset: locator(source.dataset) }
    case 'files':
      return { operation: 'fromFiles', binary_field: 'data' }
    case 'rows':
      return { operation: 'fromItems', rows: 'items' }
  }
}

/** Where n8n reads the files: a pattern names several. */
const selectorOf = (locations: readonly string[]): string =>
  locations.length === 1 ? `/files/${locations.join()}` : `/files/{${locations.join()}}`

const ingestOf = (run: Run): Node => {
  const { format = 'auto', mapping, ...options } = statedOptions(run.options)
  const { prompt_template } = statedProductTexts(run.options)
  return forge('Ingest', 'forgeIngest', {
    ...sourceParameters(run),
    dataset_name: run.dataset,
    format,
    // no "=" before them: n8n leaves them alone, Forge fills them for each row
    ...(mapping ? { template_prompt: mapping.prompt, template_completion: mapping.completion } : {}),
    options: {
      ...(options as Parameters),
      ...(prompt_template === undefined ? {} : { product_prompt: prompt_template }),
    },
  })
}

/** The nodes from the first to the last, each fed by the one before. */
const nodesOf = (run: Run): Node[] => {
  const { dataset, source, locations, draft } = run
  const thresholds = Object.entries(gateOf(draft)).flatMap(([metric, rules]) =>
    Object.entries(rules as Record<string, number>).map(([rule, value]) => ({ metric, rule, value })),
  )
  return [
    { name: 'Run Now', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} },
    ...(source.type === 'files'
      ? [
          {
            name: 'Read File',
            type: 'n8n-nodes-base.readWriteFile',
            typeVersion: 1,
            parameters: { operation: 'read', fileSelector: selectorOf(locations), options: {} },
          },
        ]
      : []),
    ingestOf(run),
    forge('Fine-Tune', 'forgeFineTune', {
      operation: 'run',
      base_model: locator(draft.base_model),
      dataset: outputOf('Ingest', 'dataset_version_id'),
      suffix: dataset.slice(0, 64),
      hyperparameters: hyperparametersOf(draft),
    }),
    forge('Evaluate', 'forgeEvaluate', {
      model: outputOf('Fine-Tune', 'model_id'),
      dataset: outputOf('Ingest', 'dataset_version_id'),
      baseline_type: 'base',
      metrics: ['loss', 'chrf', 'language_match'],
      gate: thresholds.length === 0 ? {} : { thresholds },
      options: draft.max_items === null ? {} : { max_items: draft.max_items },
    }),
    ...(draft.deploys
      ? [
          forge('Deploy', 'forgeDeploy', {
            operation: 'deploy',
            name: nameOf(draft, dataset),
            model: outputOf('Fine-Tune', 'model_id'),
            options: draft.asks ? { require_approval: true } : {},
          }),
        ]
      : []),
  ]
}

/** A workflow that n8n imports. The credential has to be chosen there once; a file has to lie where n8n may read it. */
export const n8nWorkflow = (run: Run): Json => {
  const nodes = nodesOf(run)
  return {
    name: `Forge: ${run.dataset}`,
    nodes: nodes.map(({ type, ...node }, index) => ({
      id: node.name.toLowerCase().replaceAll(' ', '-'),
      ...node,
      type,
      position: [220 * index, 0],
      ...(type.startsWith('n8n-nodes-forge.') ? { credentials: { forgeApi: { id: '', name: 'Forge' } } } : {}),
    })),
    connections: Object.fromEntries(
      nodes
        .slice(0, -1)
        .map(({ name }, index) => [name, { main: [[{ node: nodes[index + 1]?.name ?? '', type: 'main', index: 0 }]] }]),
    ),
    settings: { executionOrder: 'v1' },
  }
}

/** Whether the node has no field for something that the run states: a system message, or the text columns of products. */
export const isLackingInN8n = ({ options: { mapping, product_texts } }: Run): boolean =>
  (mapping?.system ?? null) !== null ||
  product_texts.system_template !== null ||
  product_texts.columns !== null ||
  Object.keys(product_texts.fact_columns).length > 0
