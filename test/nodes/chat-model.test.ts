import { loadPackage } from './support/engine'

const sdk = jest.fn()
jest.mock('@n8n/ai-node-sdk', () => ({ supplyModel: sdk }), { virtual: true })

const supply = async (options: object = {}): Promise<unknown> => {
  const { type } = (await loadPackage()).getNode('forgeChatModel')
  const context = {
    getCredentials: () => Promise.resolve({ baseUrl: 'http://127.0.0.1:8470/', apiKey: ' fk_1 ' }),
    getNode: () => ({ name: 'Forge Chat Model', type: 'forgeChatModel' }),
    getNodeParameter: (name: string) => (name === 'model' ? 'texts' : options),
  }
  return await (type as unknown as { supplyData(this: unknown, item: number): Promise<unknown> }).supplyData.call(
    context,
    0,
  )
}

test("hands n8n's SDK a model that speaks OpenAI's format at the address of the credential", async () => {
  sdk.mockReturnValue({ response: 'model' })

  expect(await supply({ temperature: 0.5 })).toEqual({ response: 'model' })
  expect(sdk).toHaveBeenCalledWith(expect.anything(), {
    type: 'openai',
    baseUrl: 'http://127.0.0.1:8470/v1',
    apiKey: 'fk_1',
    model: 'texts',
    maxRetries: 2,
    maxTokens: 512,
    temperature: 0.5,
    timeout: 300_000,
  })
})
