import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  ICredentialType,
  IDataObject,
  INode,
  INodeExecutionData,
  INodeTypes,
  IRun,
  IRunExecutionData,
  Workflow,
} from 'n8n-workflow'

/**
 * n8n's own engine, installed apart (test/nodes/engine) and only typed as far as it is used here: its types would bring
 * the whole of n8n into the type check.
 */
process.env['N8N_USER_FOLDER'] ??= mkdtempSync(join(tmpdir(), 'forge-n8n-'))
process.env['N8N_ENCRYPTION_KEY'] ??= 'for-tests'

interface Executor {
  run(options: { workflow: Workflow; startNode: INode | null }): Promise<IRun>
  processRunExecutionData(workflow: Workflow): Promise<IRun>
}
interface Core {
  WorkflowExecute: new (additionalData: object, mode: string, runExecutionData?: IRunExecutionData) => Executor
  ExecutionLifecycleHooks: new (mode: string, executionId: string, workflow: object) => object
  CredentialTestContext: new (additionalData: object) => object
  WebhookContext: new (...given: unknown[]) => object
  PackageDirectoryLoader: new (directory: string) => Loader
}
interface Loader {
  loadAll(): Promise<void>
  getNode(name: string): { type: LoadedNode }
  getCredential(name: string): { type: ICredentialType }
  types: { nodes: { name: string }[]; credentials: { name: string }[] }
}
export interface LoadedNode {
  description: { name: string; version: number[]; defaultVersion: number; properties: IDataObject[] } & IDataObject
  methods?: Partial<
    Record<'credentialTest' | 'listSearch', Record<string, (this: unknown, ...given: unknown[]) => Promise<unknown>>>
  >
  webhook?(
    this: unknown,
  ): Promise<{ webhookResponse?: unknown; workflowData?: INodeExecutionData[][]; noWebhookResponse?: boolean }>
}
interface WorkflowModule {
  Workflow: new (options: object) => Workflow
  createRunExecutionData: (options: object) => IRunExecutionData
}

const folder = join(__dirname, '..', 'engine', 'node_modules')
// n8n's engine lies in a folder of its own, whose path no import can name
/* eslint-disable @typescript-eslint/no-require-imports */
require(join(folder, 'reflect-metadata'))
export const core = require(join(folder, 'n8n-core')) as Core
export const n8nWorkflow = require(join(folder, 'n8n-workflow')) as WorkflowModule
/* eslint-enable @typescript-eslint/no-require-imports */

const packageFolder = join(__dirname, '..', '..', '..')
export const packageName = 'n8n-nodes-forge'
let loading: Promise<Loader> | undefined

/** The built package (`npm run build:nodes`), loaded by n8n's own loader. */
export const loadPackage = (): Promise<Loader> =>
  (loading ??= (async () => {
    const loader = new core.PackageDirectoryLoader(packageFolder)
    await loader.loadAll()
    return loader
  })())

const feed: LoadedNode = {
  description: {
    displayName: 'Items',
    name: 'items',
    group: ['trigger'],
    version: [1],
    defaultVersion: 1,
    description: '',
    defaults: {},
    inputs: [],
    outputs: ['main'],
    properties: [],
  },
}
const pass = {
  description: { ...feed.description, name: 'pass', inputs: ['main'] },
  execute(this: { getInputData(): INodeExecutionData[] }): Promise<INodeExecutionData[][]> {
    return Promise.resolve([
      this.getInputData().map(({ json, binary }, item) => ({
        json,
        ...(binary ? { binary } : {}),
        pairedItem: { item },
      })),
    ])
  },
}

/** The nodes of the package, and two that tests build flows with: `test.items` gives items, `test.pass` hands them on. */
export const nodeTypes = async (items: () => INodeExecutionData[]): Promise<INodeTypes> => {
  const loader = await loadPackage()
  const source = {
    ...feed,
    execute: (): Promise<INodeExecutionData[][]> => Promise.resolve([items()]),
  }
  const find = (type: string): unknown => {
    if (type === 'test.items') return source
    if (type === 'test.pass') return pass
    return loader.getNode(type.split('.')[1] ?? '').type
  }
  return {
    getByName: find,
    getByNameAndVersion: find,
    getKnownTypes: () => ({}),
  } as unknown as INodeTypes
}
