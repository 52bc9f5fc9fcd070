import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(__dirname, '..', '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const example = 'examples/airflow-round-trip'

test('the DAG on the page of the bridge is the one that the end-to-end test runs', () => {
  const shown = [
    ...read('docs/airflow-bridge.md').matchAll(/<!-- code: (\S+) -->\n```python\n(.*?)```\n<!-- \/code -->/gs),
  ]
  expect(shown.map(([, path]) => path)).toEqual([`${example}/dag.py`])
  for (const [, path = '', code] of shown) expect(code).toBe(read(path))
})

test('the workflow of the round trip gives the parameters that its DAG has', () => {
  const dag = read(`${example}/dag.py`)
  const { nodes } = JSON.parse(read(`${example}/workflow.json`)) as {
    nodes: { name: string; parameters: Record<string, { value: string & Record<string, unknown> }> }[]
  }
  const { parameters } = nodes.find(({ name }) => name === 'Run DAG') ?? {}
  expect(dag).toContain(`"${parameters?.['dag']?.value}",`)
  expect(Object.keys(parameters?.['parameters']?.value ?? {})).toEqual(
    [...dag.matchAll(/^ {8}"(\w+)": Param\(/gm)].map(([, name]) => name),
  )
})
