import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { readRecipe, toRecipe } from '../../../../../../server/cli/load-recipe'
import { airflowDag } from '../../../../../../server/console/pages/new-run/flow/airflow-dag'
import { isLackingInN8n, n8nWorkflow } from '../../../../../../server/console/pages/new-run/flow/n8n-workflow'
import { recipeYaml } from '../../../../../../server/console/pages/new-run/flow/recipe-file'
import { defaultPromptTemplate, type Run } from '../../../../../../server/console/pages/new-run/flow/run'
import { firstDraft, stepsOf } from '../../../../../../server/console/pages/new-run/plan/draft'
import { defaultPromptTemplate as ofContract, ingestOptions } from '../../../../../../server/contract/ingest'
import { recipe } from '../../../../../../server/contract/recipes'

const run = (part: Partial<Run> = {}): Run => ({
  dataset: 'shop.texts',
  versionId: 'dsv_1',
  source: { type: 'files', file_ids: ['file_1'] },
  locations: ['shop.csv'],
  options: ingestOptions.parse({
    format: 'mapping',
    mapping: { prompt: 'Ask: {{ q }}', completion: '{{ row["A \\"b\\""] }}', system: 'Be "brief".\nAlways.' },
    validation_split: 0.1,
    max_rows: 20,
  }),
  draft: { ...firstDraft, max_steps: 3, language_least: 90 },
  ...part,
})

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forge-flow-'))
  writeFileSync(join(folder, 'shop.csv'), 'q,a\n1,2\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the default prompt is the one of the contract', () => {
  expect(defaultPromptTemplate).toBe(ofContract)
})

test('the recipe file asks for the run that the console starts', async () => {
  const path = join(folder, 'recipe.yaml')
  writeFileSync(path, recipeYaml(run(), stringify))
  const fromFile = toRecipe(await readRecipe(path), ['file_1'], null)
  const { options, draft, dataset } = run()
  const fromConsole = { name: dataset, ingest: { file_ids: ['file_1'], options }, ...stepsOf(draft, dataset) }
  expect(recipe.parse(fromFile)).toEqual(recipe.parse(fromConsole))
})

test('rows that are no file are named on the command line', async () => {
  const path = join(folder, 'fetched.yaml')
  const text = recipeYaml(run({ source: { type: 'url', url: 'https://example.com/a.csv' } }), stringify)
  writeFileSync(path, text)
  expect(text).toContain('--data')
  await expect(readRecipe(path, join(folder, 'shop.csv'))).resolves.toBeDefined()
})

test('a prompt of its own lies beside the recipe', async () => {
  const path = join(folder, 'products.yaml')
  const options = ingestOptions.parse({ product_texts: { prompt_template: 'Write about {{ title }}\nNow.' } })
  const text = recipeYaml(run({ options }), stringify)
  expect(text).toContain('#   Write about {{ title }}')
  writeFileSync(path, text)
  writeFileSync(join(folder, 'shop.texts-prompt.md'), 'Write about {{ title }}\nNow.')
  const { prompt } = await readRecipe(path)
  expect(prompt).toBe('Write about {{ title }}\nNow.')
})

test('the DAG is Python, with the same values', () => {
  const path = join(folder, 'dag.py')
  const text = airflowDag(run({ draft: { ...run().draft, asks: true } }))
  writeFileSync(path, text)
  const read = `
import ast, json, sys
calls = {}
for node in ast.walk(ast.parse(open(sys.argv[1]).read())):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("Forge"):
        given = {}
        for keyword in node.keywords:
            try:
                given[keyword.arg] = ast.literal_eval(keyword.value)
            except ValueError:
                given[keyword.arg] = ast.unparse(keyword.value)
        calls[node.func.id] = given
print(json.dumps(calls))`
  const calls = JSON.parse(execFileSync('python3', ['-c', read, path], { encoding: 'utf8' })) as unknown
  expect(calls).toEqual({
    ForgeIngestOperator: {
      task_id: 'ingest',
      dataset_name: 'shop.texts',
      path: "(HERE / 'shop.csv').as_uri()",
      format: 'mapping',
      mapping: run().options.mapping,
      options: { validation_split: 0.1, max_rows: 20 },
    },
    ForgeFineTuneOperator: {
      task_id: 'fine_tune',
      dataset: "ingest.output['dataset_version_id']",
      base_model: 'smollm2-135m-instruct',
      suffix: 'shop.texts',
      hyperparameters: { epochs: 1, max_steps: 3 },
    },
    ForgeEvaluateOperator: {
      task_id: 'evaluate',
      model: "fine_tune.output['model_id']",
      dataset: "ingest.output['dataset_version_id']",
      gate: { loss: { improve_by: 0.05 }, language_match: { min: 0.9 } },
      on_gate_failure: 'skip',
    },
    ForgeDeployOperator: {
      task_id: 'deploy',
      deployment_name: 'shop-texts',
      model: "fine_tune.output['model_id']",
      require_approval: true,
    },
  })
})

test('the workflow leads from its trigger to the deployment', () => {
  const { nodes, connections } = n8nWorkflow(run()) as {
    nodes: { name: string; parameters: Record<string, unknown> }[]
    connections: Record<string, { main: { node: string }[][] }>
  }
  const order = ['Run Now']
  for (let next = connections['Run Now']; next; next = connections[order.at(-1) ?? ''])
    order.push(next.main[0]?.[0]?.node ?? '')
  expect(order).toEqual(['Run Now', 'Read File', 'Ingest', 'Fine-Tune', 'Evaluate', 'Deploy'])
  const parametersOf = (name: string) => nodes.find((node) => node.name === name)?.parameters
  expect(parametersOf('Ingest')).toMatchObject({
    operation: 'fromFiles',
    format: 'mapping',
    template_prompt: 'Ask: {{ q }}',
    options: { validation_split: 0.1, max_rows: 20 },
  })
  expect(parametersOf('Evaluate')).toMatchObject({
    gate: {
      thresholds: [
        { metric: 'loss', rule: 'improve_by', value: 0.05 },
        { metric: 'language_match', rule: 'min', value: 0.9 },
      ],
    },
  })
})

test('several files are read by a pattern in n8n, and taken as they were uploaded in Airflow', () => {
  const source = { type: 'files' as const, file_ids: ['file_1', 'file_2'] }
  const several = run({ source, locations: ['a.csv', 'b.csv'] })
  expect(JSON.stringify(n8nWorkflow(several))).toContain('"/files/{a.csv,b.csv}"')
  expect(airflowDag(several)).toContain('"file_ids": ["file_1", "file_2"]')
})

test('what the n8n node has no field for is told', () => {
  expect(isLackingInN8n(run())).toBe(true)
  expect(isLackingInN8n(run({ options: ingestOptions.parse({}) }))).toBe(false)
})
