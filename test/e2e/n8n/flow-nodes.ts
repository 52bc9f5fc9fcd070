import type { Connections, FlowNode } from './flow-world'

/** A node of a workflow; its name is its id. */
export const node = (name: string, type: string, parameters: object, more: object = {}): FlowNode => ({
  id: name,
  name,
  type,
  typeVersion: 1,
  position: [0, 0],
  parameters,
  ...more,
})

/** One behind the other, by their first outputs. */
export const links = (...names: string[]): Connections =>
  wires(...names.slice(0, -1).map((name, at): [string, string[]] => [name, [names[at + 1] ?? '']]))

/** `[from, to…]`: the nodes behind each output, several parted by a comma, none as an empty text. */
export const wires = (...all: [string, string[], number?][]): Connections =>
  Object.fromEntries(
    all.map(([from, outputs, input = 0]) => [
      from,
      {
        main: outputs.map((names) =>
          names === '' ? [] : names.split(',').map((name) => ({ node: name, type: 'main', index: input })),
        ),
      },
    ]),
  )

export const webhook = (path: string): FlowNode =>
  node(
    'Webhook',
    'n8n-nodes-base.webhook',
    { path, httpMethod: 'POST', responseMode: 'onReceived' },
    { typeVersion: 2, webhookId: path },
  )

export const code = (name: string, jsCode: string): FlowNode =>
  node(name, 'n8n-nodes-base.code', { jsCode }, { typeVersion: 2 })

/** Rows that a dataset can be made of; `count` tells datasets apart. */
export const rows = (count = 3, name = 'Rows'): FlowNode =>
  code(
    name,
    `return Array.from({ length: ${count} }, (_, n) => ({ json: { prompt: \`Describe board \${n}.\`, completion: \`Board \${n} is made of oak and lasts.\` } }))`,
  )

export const nothing = (name: string): FlowNode => node(name, 'n8n-nodes-base.noOp', {})

/** A waiting node with one short job: a dataset of all its items. */
export const ingest = (
  name: string,
  credential: object,
  {
    dataset = name.toLowerCase(),
    options = {},
    ...more
  }: { dataset?: string; options?: object } & Record<string, unknown> = {},
): FlowNode =>
  node(
    name,
    'n8n-nodes-forge.forgeIngest',
    { operation: 'fromItems', dataset_name: dataset, rows: 'items', format: 'prompt-completion', options },
    { credentials: { forgeApi: credential }, ...more },
  )
