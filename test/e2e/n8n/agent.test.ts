import { randomUUID } from 'node:crypto'
import { exampleWorkflows, withCredential } from '../../../scripts/n8n/examples.mjs'
import { routes } from '../../../server/contract/routes'
import { startScriptedModel, type ScriptedModel } from '../../support/scripted-model'
import { node } from './flow-nodes'
import { adminKey, nodeRuns, outputOf, startFlowWorld, until, type FlowWorld, type Shown } from './flow-world'

/*
 * n8n's own AI nodes on a real Forge with the real small model: its OpenAI nodes, its agent, and streaming.
 *
 * The small model cannot be made to call two tools at once. So in one test the model is a script: a local server of
 * OpenAI's protocol that answers with tool calls. The tools are the real Forge nodes, and what they reach is the real
 * Forge.
 */
jest.setTimeout(1_200_000)

const base = 'smollm2-135m-instruct'
const modelOf = (value: string): object => ({ __rl: true, mode: 'id', value })
let world: FlowWorld
let scripted: ScriptedModel | undefined

beforeAll(async () => {
  world = await startFlowWorld({ FORGE_LEASE_SECONDS: '30', FORGE_HEARTBEAT_SECONDS: '5' })
  // the model's first call waits for its engine
  const ask = () =>
    world.forge.client
      .call(routes.createChatCompletion, {
        body: { model: base, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 },
      })
      .then(
        () => 'answered',
        (error: unknown) => String(error),
      )
  await until(ask, (answer) => answer === 'answered')
})
afterAll(async () => {
  await scripted?.close()
  await world.stop()
})

/** Imports an example as `npm run n8n` does, runs it and gives its execution. */
const runExample = async (name: RegExp): Promise<Shown> => {
  const workflow = exampleWorkflows().find((one) => name.test(one.name))
  if (!workflow) throw new Error(`There is no example ${String(name)}.`)
  const openAi = await world.n8n.rest.credential({
    name: 'Forge as OpenAI',
    type: 'openAiApi',
    data: { url: `${world.forge.url}/v1`, apiKey: adminKey },
  })
  return await run(withCredential(withCredential(workflow, world.credential), openAi, 'openAiApi'))
}
const run = async (workflow: Parameters<FlowWorld['n8n']['rest']['workflow']>[0]): Promise<Shown> => {
  const { id } = await world.n8n.rest.workflow(workflow)
  await world.n8n.rest.run(id, 'Run Now')
  return await world.execution(id, 'success', 'error', 'crashed')
}
/** A success, or an assertion that shows what went wrong. */
const expectSuccess = ({ status, data }: Shown): void => {
  expect({ status, data: status === 'success' ? '' : data.slice(-3000) }).toEqual({ status: 'success', data: '' })
}
const into = (name: string, type: string): object => ({ [type]: [[{ node: name, type, index: 0 }]] })
const chatModel = (credential: object, model: string): Record<string, unknown> =>
  node(
    'Forge Chat Model',
    'n8n-nodes-forge.forgeChatModel',
    { model: modelOf(model), options: { maxTokens: 24 } },
    { credentials: { forgeApi: credential } },
  )
const agent = (text: string): Record<string, unknown> =>
  node(
    'Agent',
    '@n8n/n8n-nodes-langchain.agent',
    { promptType: 'define', text, options: { systemMessage: 'Be brief.' } },
    { typeVersion: 3.1 },
  )

test("n8n's own OpenAI nodes embed, find and answer with an OpenAI credential whose base URL is Forge's", async () => {
  const execution = await runExample(/OpenAI nodes/)

  expectSuccess(execution)
  const [found] = outputOf(execution, 'Find') as {
    document: { pageContent: string; metadata: object }
    score: number
  }[]
  expect(found?.document.metadata).toMatchObject({ title: expect.any(String) })
  expect(found?.score).toBeGreaterThan(0)
  expect(outputOf(execution, 'Answer')).toEqual([{ text: expect.stringMatching(/\w/) }])
  // both kinds of calls are in the ledger
  const tokens = await until(
    async () => {
      const { rows } = await world.forge.client.call(routes.getUsage, { query: { group_by: 'model' } })
      return rows.find(({ key }) => key === base)?.usage.tokens ?? 0
    },
    (count) => count > 0,
  )
  expect(tokens).toBeGreaterThan(0)
})

test('the agent of the examples calls its Forge tool with the small model, and answers or runs out of turns', async () => {
  const execution = await runExample(/agent/)

  const calls = nodeRuns(execution, 'List Models')
  expect(calls.length).toBeGreaterThan(0)
  expect(calls.filter(({ error }) => error !== undefined)).toEqual([])
  // 135M parameters are too few to know reliably when to stop: n8n then ends the agent after its last iteration
  const text = outputOf(execution, 'Agent')[0]?.['output'] ?? nodeRuns(execution, 'Agent').at(-1)?.error?.message
  expect(text).toMatch(execution.status === 'success' ? /\w/ : /^Max iterations/)
})

test('an agent streams what the Forge Chat Model writes', async () => {
  const path = randomUUID()
  const trigger = node(
    'Chat',
    '@n8n/n8n-nodes-langchain.chatTrigger',
    { public: true, mode: 'webhook', authentication: 'none', options: { responseMode: 'streaming' } },
    { typeVersion: 1.4, webhookId: path },
  )
  const { id } = await world.n8n.rest.workflow({
    name: 'streams',
    nodes: [trigger, agent('={{ $json.chatInput }}'), chatModel(world.credential, base)],
    connections: {
      Chat: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
      'Forge Chat Model': into('Agent', 'ai_languageModel'),
    },
  })
  await world.n8n.rest.activate(id)
  const body = { action: 'sendMessage', sessionId: 'one', chatInput: 'Name three colours.' }
  const response = await until(
    () =>
      fetch(`${world.n8n.n8n.url}/webhook/${path}/chat`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    ({ status }) => status !== 404,
  )
  const lines = (await response.text()).split('\n').filter((line) => line !== '')
  const events = lines.map(
    (line) => JSON.parse(line) as { type: string; content?: string; metadata: { nodeName: string } },
  )
  const pieces = events.filter(({ type, metadata }) => type === 'item' && metadata.nodeName === 'Agent')

  expect(response.status).toBe(200)
  expect(pieces.length).toBeGreaterThan(3)
  const execution = await world.execution(id, 'success', 'error')
  expectSuccess(execution)
  expect(outputOf(execution, 'Agent')).toEqual([{ output: pieces.map(({ content }) => content).join('') }])
})

test('of three tool calls in one turn one fails: the model reads its error beside the results, and the execution goes on', async () => {
  const toolNode = (name: string, parameters: object): Record<string, unknown> =>
    node(
      name,
      'n8n-nodes-forge.forgeTool',
      { descriptionType: 'manual', toolDescription: name, ...parameters },
      { credentials: { forgeApi: world.credential } },
    )
  const tools = [
    toolNode('List Models', { resource: 'model', operation: 'getAll', limit: 5 }),
    toolNode('Usage', { resource: 'usage', operation: 'get', group_by: 'kind' }),
    toolNode('Get Deployment', {
      resource: 'deployment',
      operation: 'get',
      deployment: modelOf('no-such-deployment'),
    }),
  ]
  const names = ['List_Models', 'Usage', 'Get_Deployment']
  scripted = await startScriptedModel([names.map((name) => ({ name, arguments: {} })), 'I have read all three.'])
  const credential = await world.n8n.rest.credential({
    name: 'Scripted',
    type: 'forgeApi',
    data: { baseUrl: scripted.url, apiKey: 'scripted' },
  })

  const execution = await run({
    name: 'three tools',
    nodes: [
      node('Run Now', 'n8n-nodes-base.manualTrigger', {}),
      agent('Look up everything.'),
      chatModel(credential, 'scripted'),
      ...tools,
    ],
    connections: {
      'Run Now': { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
      'Forge Chat Model': into('Agent', 'ai_languageModel'),
      ...Object.fromEntries(tools.map((tool) => [String(tool['name']), into('Agent', 'ai_tool')])),
    },
    // as every new workflow has it; in the old order the agent would go on before its tools have answered
    settings: { executionOrder: 'v1' },
  })

  expectSuccess(execution)
  expect(outputOf(execution, 'Agent')).toEqual([{ output: 'I have read all three.' }])
  const [asked, told, ...more] = scripted.requests
  expect(more).toEqual([])
  expect(asked?.tools?.map((offered) => offered.function?.name).sort()).toEqual([...names].sort())
  const results = (told?.messages ?? []).filter(({ role }) => role === 'tool')
  const resultOf = (name: string): string => {
    const call = told?.messages
      .flatMap(({ tool_calls }) => tool_calls ?? [])
      .find((made) => made.function.name === name)
    return JSON.stringify(results.find(({ tool_call_id }) => tool_call_id === call?.id)?.content)
  }
  expect(results).toHaveLength(3)
  expect(resultOf('List_Models')).toContain(base)
  expect(resultOf('Usage')).not.toMatch(/error/)
  expect(resultOf('Get_Deployment')).toMatch(/There is no deployment .*no-such-deployment/)
})
