import { loadPackage } from './support/engine'

const agentTools = ['forge', 'forgeFineTune', 'forgeGenerate']

test('n8n loads every node of the package, without its SDK for AI nodes being there', async () => {
  const { types } = await loadPackage()

  expect(types.nodes.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'forge',
      'forgeChatModel',
      'forgeDeploy',
      'forgeEvaluate',
      'forgeFineTune',
      'forgeGenerate',
      'forgeIngest',
    ]),
  )
  expect(types.credentials.map(({ name }) => name)).toEqual(['forgeApi'])
})

test('each node names the version of its parameters', async () => {
  const { types, getNode } = await loadPackageBound()

  for (const { name } of types.nodes) {
    if (name.endsWith('Tool')) continue
    expect(getNode(name).type.description).toMatchObject({ version: [1], defaultVersion: 1 })
  }
})

test('agents get the nodes that ask, read and start, and no other', async () => {
  const { types } = await loadPackage()
  const offered = types.nodes.filter((node) => 'usableAsTool' in node && node.usableAsTool !== undefined)

  expect(offered.map(({ name }) => name).sort()).toEqual(agentTools)
})

const loadPackageBound = async () => {
  const loader = await loadPackage()
  return { types: loader.types, getNode: loader.getNode.bind(loader) }
}
