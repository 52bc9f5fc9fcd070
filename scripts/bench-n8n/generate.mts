/**
 * Part A: the same prompts to the same deployment through Forge's node and through n8n's own ones. Few tokens each, so
 * that what the nodes add shows. n8n is started anew before each run: memory that an earlier run left is not counted.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { deploymentName } from '../bench/forge.mts'
import { after, node, publish, read, runOf, waitFor, type Node, type Published } from './executions.mts'
import { load, mebibytes, median, printTable, rounded } from '../bench/figures.mts'
import { treeBytes, watchTree } from './memory.mts'
import type { World } from './world.mts'

const maxTokens = 8
const system = 'Be brief.'
const user = '=Name product {{ $json.n }}: {{ $json.kind }}.'
/** n8n's collector and its start-up work need a moment before memory at rest is that. */
const settleMs = 5000
/** An item that failed goes on as one, in every node alike: it is counted, and the others are not lost. */
const goOn = { onError: 'continueRegularOutput' }

export interface GenerateRun {
  way: string
  seconds: number
  failed_items: number
  rest_rss_bytes: number
  peak_rss_bytes: number
  load: number
}

const items = node('Items', 'n8n-nodes-base.code', 2, {
  jsCode:
    "return Array.from({ length: $input.first().json.body.items }, (_, n) => ({ json: { n, kind: ['lamp', 'chair', 'scarf'][n % 3] } }))",
})

const ways = ({ forge, credentials: { forgeApi, httpHeaderAuth, openAiApi } }: World): Record<string, Node> => {
  const model = { __rl: true, mode: 'id', value: deploymentName }
  const forgeNode = (operation: string): Node =>
    node(
      'Ask',
      'n8n-nodes-forge.forgeGenerate',
      1,
      { operation, model, system, user, format: 'text', options: { max_tokens: maxTokens } },
      { credentials: { forgeApi }, ...goOn },
    )
  const httpNode = (options: object): Node =>
    node(
      'Ask',
      'n8n-nodes-base.httpRequest',
      4.2,
      {
        method: 'POST',
        url: `${forge.url}/v1/chat/completions`,
        authentication: 'genericCredentialType',
        genericAuthType: 'httpHeaderAuth',
        sendBody: true,
        specifyBody: 'json',
        jsonBody: `={{ JSON.stringify({ model: '${deploymentName}', max_tokens: ${maxTokens}, temperature: 0, messages: [{ role: 'system', content: '${system}' }, { role: 'user', content: 'Name product ' + $json.n + ': ' + $json.kind + '.' }] }) }}`,
        options,
      },
      { credentials: { httpHeaderAuth }, ...goOn },
    )
  return {
    'Forge Generate': forgeNode('generate'),
    'Forge Generate, batch': forgeNode('batch'),
    'HTTP Request, defaults': httpNode({}),
    // its interval stays at the default of 1,000 ms: without one, n8n sends all at once, whatever the batch size
    'HTTP Request, batch size 1': httpNode({ batching: { batch: { batchSize: 1, batchInterval: 1000 } } }),
    // the newest version whose text operation calls chat completions
    'OpenAI node': node(
      'Ask',
      '@n8n/n8n-nodes-langchain.openAi',
      1.8,
      {
        resource: 'text',
        operation: 'message',
        modelId: model,
        messages: { values: [{ role: 'system', content: system }, { content: user }] },
        options: { maxTokens, temperature: 0 },
      },
      { credentials: { openAiApi }, ...goOn },
    ),
  }
}

/** One way, once: n8n anew, one item to warm up, rest, then all items. */
const runOnce = async (world: World, way: string, { id, start }: Published, count: number): Promise<GenerateRun> => {
  await world.restartN8n()
  const before = (await waitFor(world, id, 0)).length
  await start({ items: 1 })
  await waitFor(world, id, before + 1)
  await sleep(settleMs)
  const rest = treeBytes(world.n8n.pid)
  const watch = watchTree(world.n8n.pid)
  await start({ items: count })
  const [newest] = await waitFor(world, id, before + 2)
  const peak = watch.stop()
  if (newest === undefined) throw new Error(`n8n shows no execution of ${way}.`)
  const execution = await read(world, newest)
  const made = runOf(execution, 'Items')
  const answers = runOf(execution, 'Ask').data?.main?.[0] ?? []
  return {
    way,
    seconds: (runOf(execution, 'After').startTime - made.startTime - made.executionTime) / 1000,
    failed_items: count - answers.filter(({ json }) => json['error'] === undefined).length,
    rest_rss_bytes: rest,
    peak_rss_bytes: peak,
    load: load(),
  }
}

export interface GenerateOptions {
  items: number
  rounds: number
  /** only ways whose name contains one of these; empty: all */
  only: string[]
}

/** Every way once per round, in turn, each round from another one on. */
export const measureGenerate = async (
  world: World,
  { items: count, rounds, only }: GenerateOptions,
): Promise<{ items: number; runs: GenerateRun[] }> => {
  const chosen = Object.entries(ways(world)).filter(
    ([way]) => only.length === 0 || only.some((part) => way.includes(part)),
  )
  const published: [string, Published][] = []
  for (const [at, [way, ask]] of chosen.entries()) {
    published.push([way, await publish(world, `generate-${at}`, [items, ask, after])])
  }
  const runs: GenerateRun[] = []
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < published.length; turn += 1) {
      const [way, workflow] = published[(round + turn) % published.length] ?? []
      if (way === undefined || workflow === undefined) continue
      const run = await runOnce(world, way, workflow, count)
      runs.push(run)
      console.error(
        `  ${way}: ${rounded(run.seconds)} s, ${mebibytes(run.peak_rss_bytes - run.rest_rss_bytes)} MiB, ${run.failed_items} failed, load ${run.load}`,
      )
    }
  }
  show(count, runs)
  return { items: count, runs }
}

/** Medians of the rounds, and what they are of Forge Generate's. */
const show = (count: number, runs: readonly GenerateRun[]): void => {
  const of = (way: string, field: 'seconds' | 'over_rest'): number =>
    median(
      runs
        .filter((run) => run.way === way)
        .map((run) => (field === 'seconds' ? run.seconds : run.peak_rss_bytes - run.rest_rss_bytes)),
    )
  const names = [...new Set(runs.map(({ way }) => way))]
  printTable(
    `${count} items, ${maxTokens} tokens each (the ratios are to Forge Generate)`,
    names.map((way) => ({
      way,
      seconds: rounded(of(way, 'seconds')),
      ratio: rounded(of(way, 'seconds') / of('Forge Generate', 'seconds')),
      peak_mib: mebibytes(median(runs.filter((run) => run.way === way).map((run) => run.peak_rss_bytes))),
      peak_over_rest_mib: mebibytes(of(way, 'over_rest')),
      failed: runs.filter((run) => run.way === way).reduce((sum, run) => sum + run.failed_items, 0),
    })),
  )
}
