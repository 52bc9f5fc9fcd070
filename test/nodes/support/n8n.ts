import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type {
  IDataObject,
  INode,
  INodeExecutionData,
  INodeParameters,
  IRun,
  IRunExecutionData,
  Workflow,
} from 'n8n-workflow'
import { core, n8nWorkflow, nodeTypes, packageName, type LoadedNode } from './engine'

export interface FlowNode {
  name: string
  /** of the package, e.g. `forgeGenerate`, or `test.pass` */
  type: string
  parameters?: INodeParameters
  onError?: INode['onError']
  /** names of the nodes behind each output */
  to?: (string | string[])[]
}
export interface Credential {
  baseUrl: string
  apiKey: string
}
export interface Execution {
  id: string
  status: IRun['status']
  error: { message: string; description?: string | null | undefined } | undefined
  /** the items of an output of a node's last run */
  items(node: string, output?: number): INodeExecutionData[]
  json(node: string, output?: number): IDataObject[]
  ran(node: string): boolean
  customData: Record<string, string>
  runs: IRunExecutionData['resultData']['runData']
}
interface Stored {
  workflow: Workflow
  data: string
  status: IRun['status']
  settled: PromiseWithResolvers<void>
}

/**
 * As much of n8n as a parked execution needs: it runs flows in n8n's engine, keeps waiting executions as n8n's database
 * does, and answers on `/webhook-waiting/<id>` as n8n 2.41 (waiting-webhooks.js, webhook-helpers.js): 401 for a wrong
 * token, 409 while an execution runs or after it ended, else the parked node's `webhook()`.
 */
export const startN8n = async (credential: Credential): Promise<N8n> => {
  const stored = new Map<string, Stored>()
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`

  const additionalDataOf = (id: string, extra: object = {}): object => ({
    hooks: new core.ExecutionLifecycleHooks('webhook', id, {
      id: 'wf',
      name: 'flow',
      nodes: [],
      connections: {},
      active: false,
    }),
    credentialsHelper: credentialsHelper(credential),
    executionId: id,
    variables: {},
    workflowSettings: {},
    setExecutionStatus: () => undefined,
    sendDataToUI: () => undefined,
    restApiUrl: base,
    instanceBaseUrl: `${base}/`,
    webhookBaseUrl: `${base}/webhook`,
    webhookTestBaseUrl: `${base}/webhook-test`,
    webhookWaitingBaseUrl: `${base}/webhook-waiting`,
    formWaitingBaseUrl: `${base}/form-waiting`,
    ...extra,
  })

  const keep = (id: string, workflow: Workflow, run: IRun, settled: PromiseWithResolvers<void>): Execution => {
    stored.set(id, { workflow, data: JSON.stringify(run.data), status: run.status, settled })
    if (run.status !== 'waiting') settled.resolve()
    return view(id, run)
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', base)
    const id = url.pathname.split('/').pop() ?? ''
    const body = JSON.parse((await text(request)) || '{}') as IDataObject
    const reply = (status: number, json: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    }
    const execution = stored.get(id)
    const refusal = refusalOf(execution, url.searchParams.get('signature') === tokenOf(id), id)
    if (execution === undefined || refusal !== null) {
      reply(refusal?.status ?? 404, refusal?.json)
      return
    }
    const { status, json, resumed } = await resume(id, execution, body)
    reply(status, json)
    await resumed?.()
  }

  const resume = async (
    id: string,
    execution: Stored,
    body: IDataObject,
  ): Promise<{ status: number; json: unknown; resumed?: () => Promise<Execution> }> => {
    const data = JSON.parse(execution.data) as IRunExecutionData
    const [entry] = data.executionData?.nodeExecutionStack ?? []
    const name = data.resultData.lastNodeExecuted ?? ''
    if (!entry) throw new Error('nothing is parked')
    entry.node.disabled = true
    delete data.waitTill
    data.resultData.runData[name]?.pop()
    const node = execution.workflow.getNode(name)
    if (!node) throw new Error(`no node ${name}`)
    const type = execution.workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion) as unknown as LoadedNode
    let sent: { status: number; json: unknown } | undefined
    const res = {
      status: (status: number) => ({ json: (json: unknown) => (sent = { status, json }) }),
    }
    const context = new core.WebhookContext(
      execution.workflow,
      node,
      additionalDataOf(id, { httpRequest: { body, headers: {}, params: {}, query: {} }, httpResponse: res }),
      'webhook',
      { webhookDescription: { name: 'default' } },
      [],
      data,
    )
    const result = await type.webhook?.call(context)
    if (result?.workflowData === undefined) {
      if (sent) return sent
      return { status: 200, json: result?.webhookResponse ?? { message: 'Webhook call received' } }
    }
    execution.status = 'running'
    entry.data['main'] = result.workflowData
    entry.metadata = { ...entry.metadata, forwardAllOutputs: true }
    return {
      status: 200,
      json: result.webhookResponse,
      resumed: async () =>
        keep(
          id,
          execution.workflow,
          await new core.WorkflowExecute(additionalDataOf(id), 'webhook', data).processRunExecutionData(
            execution.workflow,
          ),
          execution.settled,
        ),
    }
  }

  return {
    credential,
    url: base,
    async run(nodes, items) {
      const id = String(stored.size + 1)
      const workflow = new n8nWorkflow.Workflow({
        id: 'wf',
        name: 'flow',
        active: false,
        nodes: [asNode({ name: 'Items', type: 'test.items' }), ...nodes.map(asNode)],
        connections: connectionsOf([{ name: 'Items', type: 'test.items', to: [nodes[0]?.name ?? ''] }, ...nodes]),
        nodeTypes: await nodeTypes(() => items),
        settings: { executionOrder: 'v1' },
      })
      const settled = Promise.withResolvers<void>()
      stored.set(id, { workflow, data: '{}', status: 'running', settled })
      const data = n8nWorkflow.createRunExecutionData({
        executionData: {
          nodeExecutionStack: [{ node: workflow.getNode('Items'), data: { main: [[{ json: {} }]] }, source: null }],
        },
      })
      ;(data as { resumeToken?: string }).resumeToken = tokenOf(id)
      const run = await new core.WorkflowExecute(additionalDataOf(id), 'webhook', data).processRunExecutionData(
        workflow,
      )
      return keep(id, workflow, run, settled)
    },
    async ended(id) {
      const execution = stored.get(id)
      if (!execution) throw new Error(`There is no execution ${id}.`)
      await execution.settled.promise
      const { data, status } = stored.get(id) ?? execution
      return view(id, { data: JSON.parse(data) as IRunExecutionData, status } as IRun)
    },
    async call(id, body, token = tokenOf(id)) {
      const response = await fetch(`${base}/webhook-waiting/${id}?signature=${token}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: response.status, body: (await response.json()) as IDataObject }
    },
    forget: (id) => stored.delete(id),
    stop: () => closed(server),
  }
}

export interface N8n {
  /** may be changed while an execution is parked */
  credential: Credential
  url: string
  /** Runs the flow with these items as its input, to its end or until it is parked. */
  run(nodes: FlowNode[], items: INodeExecutionData[]): Promise<Execution>
  /** The execution, once it is no longer parked. */
  ended(id: string): Promise<Execution>
  /** What an outside caller of the resume address gets. */
  call(id: string, body: IDataObject, token?: string): Promise<{ status: number; body: IDataObject }>
  /** Deletes an execution. */
  forget(id: string): void
  stop(): Promise<void>
}

/** Why n8n does not take the call, in its words. */
const refusalOf = (
  execution: Stored | undefined,
  authentic: boolean,
  id: string,
): { status: number; json: object } | null => {
  if (execution === undefined) return { status: 404, json: { message: `The execution "${id}" does not exist.` } }
  if (!authentic) return { status: 401, json: { error: 'Invalid token' } }
  if (execution.status === 'running')
    return { status: 409, json: { message: `The execution "${id}" is running already.` } }
  if (execution.status === 'waiting') return null
  return { status: 409, json: { message: `The execution "${id} has finished already.` } }
}

const run = randomUUID()
const tokenOf = (id: string): string => `${run}-${id}`

const asNode = ({ name, type, parameters = {}, onError }: FlowNode): INode => ({
  id: `node-${name}`,
  name,
  type: type.startsWith('test.') ? type : `${packageName}.${type}`,
  typeVersion: 1,
  position: [0, 0],
  parameters,
  credentials: { forgeApi: { id: '1', name: 'Forge' } },
  ...(onError === undefined ? {} : { onError }),
})

const connectionsOf = (nodes: FlowNode[]): IDataObject =>
  Object.fromEntries(
    nodes.map(({ name, to = [] }) => [
      name,
      { main: to.map((names) => [names].flat().map((node) => ({ node, type: 'main', index: 0 }))) },
    ]),
  )

const view = (id: string, { data, status }: IRun): Execution => {
  const { runData, error, metadata } = data.resultData
  const items = (node: string, output = 0): INodeExecutionData[] =>
    runData[node]?.at(-1)?.data?.['main']?.[output] ?? []
  return {
    id,
    status,
    error: error,
    items,
    json: (node, output) => items(node, output).map(({ json }) => json),
    ran: (node) => runData[node] !== undefined,
    customData: metadata ?? {},
    runs: runData,
  }
}

const credentialsHelper = (credential: Credential): object => ({
  getParentTypes: () => [],
  getDecrypted: () => Promise.resolve({ ...credential }),
  getCredentials: () => Promise.resolve({}),
  getCredentialsProperties: () => [],
  isCredentialUsableByNode: () => true,
  preAuthentication: () => Promise.resolve(undefined),
  authenticate: ({ apiKey }: Credential, _type: string, request: { headers?: object }) =>
    Promise.resolve({ ...request, headers: { ...request.headers, Authorization: `Bearer ${apiKey}` } }),
})

const text = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
