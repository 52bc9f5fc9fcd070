import type { INodeExecutionData } from 'n8n-workflow'
import type { WaitContext } from './wait-state'

const mostRows = 5_000
const mostBytes = 10_000_000

/**
 * Outputs above 5,000 items or 10 MB become one item with the rows as a JSONL file: n8n keeps every item of every node
 * in the execution's data, and would hold them several times over.
 */
export const asFileWhenLarge = async (
  context: WaitContext,
  outputs: INodeExecutionData[][],
): Promise<INodeExecutionData[][]> => {
  const made: INodeExecutionData[][] = []
  for (const items of outputs) {
    const lines = jsonLines(items)
    if (items.length <= mostRows && lines.length <= mostBytes) {
      made.push(items)
      continue
    }
    const binary = await context.helpers.prepareBinaryData(lines, 'results.jsonl', 'application/x-ndjson')
    made.push([
      {
        json: { rows: items.length, bytes: lines.length, file: 'results.jsonl' },
        binary: { data: binary },
        pairedItem: { item: 0 },
      },
    ])
  }
  return made
}

const jsonLines = (items: INodeExecutionData[]): Buffer =>
  Buffer.from(items.map(({ json }) => `${JSON.stringify(json)}\n`).join(''))
