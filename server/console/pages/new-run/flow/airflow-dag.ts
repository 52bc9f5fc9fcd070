import { hyperparametersOf, gateOf, nameOf } from '../plan/draft'
import type { Json } from './json'
import { python } from './python'
import { statedOptions, statedProductTexts, type Run } from './run'

/** An operator: its task and its arguments, each as Python; undefined is left out. */
const operator = (variable: string, name: string, given: Record<string, string | undefined>): string => {
  const lines = [['task_id', python(variable)] as const, ...Object.entries(given)]
    .filter(([, value]) => value !== undefined)
    .map(([argument, value]) => `        ${argument}=${value ?? ''},`)
  return [`    ${variable} = ${name}(`, ...lines, '    )'].join('\n')
}
const filled = (value: Record<string, unknown>): string | undefined =>
  Object.keys(value).length === 0 ? undefined : python(value as Json, 8)

/** One file lies beside the DAG; several are taken as they were uploaded, since the operator sends one. */
const isBeside = ({ source, locations }: Run): boolean => source.type === 'files' && locations.length === 1

const sourceOf = (run: Run): Record<string, string | undefined> =>
  isBeside(run)
    ? { path: `(HERE / ${python(run.locations[0] ?? '')}).as_uri()` }
    : { source: python(run.source as Json, 8) }

const ingestOf = (run: Run): string => {
  const { format, mapping, ...options } = statedOptions(run.options)
  return operator('ingest', 'ForgeIngestOperator', {
    dataset_name: python(run.dataset),
    ...sourceOf(run),
    format: format === undefined ? undefined : python(format),
    // these are templates of Forge: Airflow does not render them
    mapping: mapping ? python(mapping, 8) : undefined,
    product_texts: filled(statedProductTexts(run.options)),
    options: filled(options),
  })
}

/** The DAG as a file: ingest, fine-tune, evaluate with the gate, deploy. It lies beside the data, in Airflow's DAGs folder. */
export const airflowDag = (run: Run): string => {
  const { dataset, draft } = run
  const isFile = isBeside(run)
  const used = ['ingest', 'fine_tune', 'evaluate', ...(draft.deploys ? ['deploy'] : [])]
  const classes: Record<string, string> = {
    ingest: 'ForgeIngestOperator',
    fine_tune: 'ForgeFineTuneOperator',
    evaluate: 'ForgeEvaluateOperator',
    deploy: 'ForgeDeployOperator',
  }
  const imports = [...used]
    .sort()
    .map((name) => `from airflow_provider_forge.operators.${name} import ${classes[name] ?? ''}`)
  return [
    `"""Tunes a model on ${dataset}, judges it, and deploys it only if it passes its gate.`,
    '',
    isFile
      ? `Put this file and ${run.locations.join(', ')} into Airflow's DAGs folder and make a connection \`forge_default\`.`
      : "Put this file into Airflow's DAGs folder and make a connection `forge_default`.",
    '"""',
    '',
    'from datetime import datetime, timedelta',
    ...(isFile ? ['from pathlib import Path'] : []),
    '',
    'from airflow.sdk import DAG',
    '',
    ...imports,
    ...(isFile ? ['', 'HERE = Path(__file__).parent'] : []),
    '',
    'with DAG(',
    `    ${python(`forge_${dataset.replace(/[^a-z0-9_]/g, '_')}`)},`,
    '    # None: by hand; "0 2 * * *" is every night at two',
    '    schedule=None,',
    '    start_date=datetime(2026, 1, 1),',
    '    catchup=False,',
    '    max_active_runs=1,',
    '    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},',
    '    tags=["forge"],',
    '    doc_md=__doc__,',
    '):',
    ingestOf(run),
    operator('fine_tune', 'ForgeFineTuneOperator', {
      dataset: 'ingest.output["dataset_version_id"]',
      base_model: python(draft.base_model),
      suffix: python(dataset.slice(0, 64)),
      hyperparameters: filled(hyperparametersOf(draft)),
    }),
    operator('evaluate', 'ForgeEvaluateOperator', {
      model: 'fine_tune.output["model_id"]',
      dataset: 'ingest.output["dataset_version_id"]',
      gate: filled(gateOf(draft)),
      max_items: draft.max_items === null ? undefined : python(draft.max_items),
      // not good enough: what serves stays, and the run is no failure
      on_gate_failure: python('skip'),
    }),
    ...(draft.deploys
      ? [
          operator('deploy', 'ForgeDeployOperator', {
            deployment_name: python(nameOf(draft, dataset)),
            model: 'fine_tune.output["model_id"]',
            require_approval: draft.asks ? 'True' : undefined,
          }),
          '    evaluate >> deploy',
        ]
      : []),
    '',
  ].join('\n')
}
