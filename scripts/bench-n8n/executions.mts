/** Workflows that a webhook starts, and what n8n recorded of their executions. */
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { n8nEntry } from '../n8n/install.mjs'
import type { World } from './world.mts'

/** n8n keeps an execution's data in this package's form. */
const { parse } = createRequire(n8nEntry)('flatted') as { parse: (text: string) => unknown }

const everyMs = 500
const failuresAllowed = 60
/** n8n gives no more at once. */
const page = 100
const ended = new Set(['success', 'error', 'crashed', 'canceled'])

export type Node = Record<string, unknown> & { name: string }
interface NodeRun {
  /** epoch milliseconds */
  startTime: number
  /** milliseconds */
  executionTime: number
  data?: { main?: ({ json: Record<string, unknown> }[] | null)[] }
}
export interface Execution {
  id: string
  status: string
  /** The last run of each node. */
  runs: Record<string, NodeRun>
}
interface Listed {
  id: string
  status: string
}

export const node = (name: string, type: string, typeVersion: number, parameters: object, more: object = {}): Node => ({
  id: name.toLowerCase().replaceAll(' ', '-'),
  name,
  type,
  typeVersion,
  position: [0, 0],
  parameters,
  ...more,
})
/** What runs behind the measured node: its start is when that node has ended. */
export const after = node('After', 'n8n-nodes-base.noOp', 1, {})

export interface Published {
  id: string
  /** Starts an execution; resolves when n8n has taken it. Throws when n8n does not take it. */
  start: (body: object, headers?: Record<string, string>) => Promise<void>
}

/** An active workflow: a webhook that answers at once, then these nodes in a row. */
export const publish = async (world: World, name: string, nodes: Node[]): Promise<Published> => {
  const trigger = node(
    'Webhook',
    'n8n-nodes-base.webhook',
    2,
    { path: name, httpMethod: 'POST', responseMode: 'onReceived' },
    { webhookId: name },
  )
  const row = [trigger, ...nodes]
  const connections = Object.fromEntries(
    nodes.map((next, at) => [row[at]?.name, { main: [[{ node: next.name, type: 'main', index: 0 }]] }]),
  )
  const { id } = await world.rest.workflow({ name, nodes: row, connections })
  await world.rest.activate(id)
  return { id, start: (body, headers) => start(world, name, body, headers) }
}

const start = async (world: World, path: string, body: object, headers: Record<string, string> = {}): Promise<void> => {
  // n8n opens a webhook a moment after it has said that the workflow is active, and answers 503 while it is overrun
  for (let tries = 0; tries < 100; tries += 1) {
    const { status } = await fetch(`${world.n8n.url}/webhook/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    if (status === 200) return
    if (status !== 404 && status !== 503) throw new Error(`n8n answered its webhook ${path} with ${status}.`)
    await sleep(200)
  }
  throw new Error(`n8n did not take a call of its webhook ${path}.`)
}

/** All executions of a workflow, the newest first. */
const list = async (world: World, workflowId: string): Promise<Listed[]> => {
  const filter = encodeURIComponent(JSON.stringify({ workflowId }))
  const all: Listed[] = []
  for (;;) {
    const before = all.length === 0 ? '' : `&lastId=${all.at(-1)?.id}`
    const { results } = (await world.rest.call('GET', `/rest/executions?filter=${filter}&limit=${page}${before}`)) as {
      results: Listed[]
    }
    all.push(...results)
    if (results.length < page) return all
  }
}

/** Waits until `count` executions of a workflow have ended, or wait where `parked` is set. Throws after `limitMs`. */
export const waitFor = async (
  world: World,
  workflowId: string,
  count: number,
  { parked = false, limitMs = 3_600_000 } = {},
): Promise<string[]> => {
  const until = Date.now() + limitMs
  let failures = 0
  for (;;) {
    const all = await list(world, workflowId).catch((error: Error) => {
      // on a machine that is overrun n8n answers 503 for a while
      failures += 1
      if (failures > failuresAllowed) throw error
      return null
    })
    const there = all?.filter(({ status }) => ended.has(status) || (parked && status === 'waiting'))
    if (there !== undefined && there.length >= count) return there.map(({ id }) => id)
    if (Date.now() > until) {
      const seen = all?.map(({ status }) => status).join(' ') ?? 'n8n does not say'
      throw new Error(`Of ${count} executions ${there?.length ?? 0} are as awaited: ${seen}`)
    }
    await sleep(everyMs)
  }
}

/** An execution with what its nodes did. */
export const read = async (world: World, id: string): Promise<Execution> => {
  const { status, data } = await world.rest.execution(id)
  const { resultData } = parse(data) as { resultData: { runData: Record<string, NodeRun[]> } }
  const runs = Object.entries(resultData.runData).flatMap(([name, all]) => {
    const last = all.at(-1)
    return last === undefined ? [] : [[name, last] as const]
  })
  return { id, status, runs: Object.fromEntries(runs) }
}

/** The last run of a node. Throws when it did not run. */
export const runOf = ({ id, status, runs }: Execution, name: string): NodeRun => {
  const run = runs[name]
  if (run === undefined) throw new Error(`In execution ${id} (${status}) the node ${name} did not run.`)
  return run
}
