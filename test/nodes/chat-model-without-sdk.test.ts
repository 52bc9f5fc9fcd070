import { loadPackage } from './support/engine'

test('an n8n without the SDK for AI nodes loads the node, which says what is missing when it is used', async () => {
  const { type } = (await loadPackage()).getNode('forgeChatModel')
  const context = {
    getCredentials: () => Promise.resolve({ baseUrl: 'http://127.0.0.1:8470', apiKey: 'x' }),
    getNode: () => ({ name: 'Forge Chat Model', type: 'forgeChatModel' }),
    getNodeParameter: () => ({}),
  }
  const { supplyData } = type as unknown as { supplyData(this: unknown, item: number): Promise<unknown> }

  await expect(supplyData.call(context, 0)).rejects.toMatchObject({
    message: 'This n8n has no SDK for AI nodes',
    description: expect.stringContaining('n8n 2.41 or newer'),
  })
})
