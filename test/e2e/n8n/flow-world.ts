import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { routes } from '../../../server/contract/routes'
import { root, startForge, type ForgeProcess } from '../../chaos/forge-process'
import { queryEmbedded } from '../../support/embedded-database'
import { taskData, type TaskData } from './execution-data'
import { startN8nWorld, type N8nWorld } from './world'

export const adminKey = 'chaos-admin-key-0123456789'
const pause_ms = 200
/** What an execution stays. */
const ended = ['success', 'error', 'crashed', 'canceled']
/** How long an execution may take to become what a test waits for. */
const patience_ms = 180_000

export interface Shown {
  id: string
  status: string
  /** as n8n keeps it; `nodeRuns` reads it */
  data: string
}

/** A real n8n with the packed nodes, and a real Forge with a real worker. */
export interface FlowWorld {
  forge: ForgeProcess
  n8n: N8nWorld
  /** of the type forgeApi */
  credential: { id: string; name: string }
  /** Jobs of the class `cpu` stay queued, so that an execution is parked for exactly as long as a test wants. */
  pauseJobs(): Promise<unknown>
  resumeJobs(): Promise<unknown>
  /** An active workflow that a webhook of the same name starts. */
  publish(name: string, nodes: FlowNode[], connections: Connections): Promise<Flow>
  /** The newest execution of a workflow, once it is as asked. Throws with the logs when it does not come. */
  execution(workflowId: string, ...statuses: string[]): Promise<Shown>
  /** How many executions n8n shows of a workflow. */
  executions(workflowId: string): Promise<Shown[]>
  /** Rows of Forge's own database. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>
  /** Starts Forge again on the same folder and port, after it was stopped or killed. */
  restartForge(): Promise<void>
  stop(): Promise<void>
}
export interface Flow {
  id: string
  url: string
}
export type FlowNode = Record<string, unknown>
export type Connections = Record<string, { main: { node: string; type: 'main'; index: number }[][] }>

/** Starts both, each with what is added to its environment. Call it in `beforeAll`; takes about a minute. */
export const startFlowWorld = async (
  environment: Record<string, string> = {},
  n8nEnvironment: Record<string, string> = {},
): Promise<FlowWorld> => {
  const folder = mkdtempSync(join(tmpdir(), 'forge-n8n-flows-'))
  chmodSync(folder, 0o755)
  const launch = (port: string): Promise<ForgeProcess> =>
    startForge(folder, {
      FORGE_MODELS_DIR: join(root, '.models'),
      FORGE_LEASE_SECONDS: '10',
      FORGE_HEARTBEAT_SECONDS: '2',
      FORGE_PORT: port,
      ...environment,
    })
  const forge = await launch('0')
  const n8n = await startN8nWorld(n8nEnvironment).catch(async (error: unknown) => {
    await forge.stop()
    throw error
  })
  const credential = await n8n.rest
    .credential({ name: 'Forge', type: 'forgeApi', data: { baseUrl: forge.url, apiKey: adminKey } })
    .catch(async (error: unknown) => {
      await Promise.all([n8n.stop(), forge.stop()])
      throw error
    })
  const executions = async (workflowId: string): Promise<Shown[]> => {
    const filter = encodeURIComponent(JSON.stringify({ workflowId }))
    const { results } = (await n8n.rest.call('GET', `/rest/executions?filter=${filter}&limit=100`)) as {
      results: Shown[]
    }
    return results
  }
  const cpu = { params: { class: 'cpu' as const } }
  const world: FlowWorld = {
    forge,
    n8n,
    credential,
    pauseJobs: () => world.forge.client.call(routes.pauseQueue, cpu),
    resumeJobs: () => world.forge.client.call(routes.resumeQueue, cpu),
    executions,
    async publish(name, nodes, connections) {
      const { id } = await n8n.rest.workflow({ name, nodes, connections })
      await n8n.rest.activate(id)
      return { id, url: `${n8n.n8n.url}/webhook/${name}` }
    },
    async execution(workflowId, ...statuses) {
      let last = 'none'
      const end = Date.now() + patience_ms
      while (Date.now() < end) {
        const [newest] = await executions(workflowId)
        last = newest?.status ?? 'none'
        if (newest && statuses.includes(newest.status)) return await n8n.rest.execution(newest.id)
        if (ended.includes(last)) break
        await sleep(pause_ms)
      }
      throw new Error(
        `The execution is ${last}, not ${statuses.join(' or ')}.\n${n8n.n8n.log().slice(-3000)}\n${world.forge.log().slice(-2000)}`,
      )
    },
    sql: <Row extends object>(text: string, values: unknown[] = []) => queryEmbedded<Row>(folder, text, values),
    async restartForge() {
      world.forge = await launch(new URL(world.forge.url).port)
    },
    async stop() {
      await n8n.stop()
      await world.forge.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return world
}

/** Starts a workflow by its webhook. n8n opens it a moment after it has said that the workflow is active. */
export const start = async (url: string, body: object = {}): Promise<void> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const { status } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (status === 200) return
    // 503: n8n has lost its database for a moment; who sends an event sends it again
    if (status !== 404 && status !== 503) throw new Error(`The webhook answered ${status}.`)
    await sleep(100)
  }
  throw new Error('The webhook never opened.')
}

/** Asks until the answer is as a test wants it; throws with the last one. */
export const until = async <T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> => {
  let answer = await ask()
  for (const end = Date.now() + patience_ms; !isRight(answer); answer = await ask()) {
    if (Date.now() > end) throw new Error(`It stayed ${JSON.stringify(answer)}.`)
    await sleep(pause_ms)
  }
  return answer
}

/** The runs of a node in an execution, in order; none where it did not run. */
export const nodeRuns = ({ data }: Shown, node: string): TaskData[] => taskData(data)[node] ?? []

/** The items that a node's run gave on an output, of the last run unless another is asked. */
export const outputOf = (execution: Shown, node: string, output = 0, run = -1): Record<string, unknown>[] =>
  (nodeRuns(execution, node).at(run)?.data?.main[output] ?? []).map(({ json }) => json)
