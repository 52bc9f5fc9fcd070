import { join } from 'node:path'
import { createServingEngine, type ServingEngine } from '../../server/engines/serving-engine'

const model = join(__dirname, '..', '..', '.models', 'smollm2-135m-instruct', 'model.gguf')

/** The real CPU engine with the real default model, called as the gateway calls it. */
export interface LlamaEngine {
  engine: ServingEngine
  /** Sends a request of the model `base`, unless the body names another one. */
  post: (path: string, body: object) => Promise<Response>
  stop: () => Promise<unknown>
}

/** Takes some seconds: call it in `beforeAll` with 60 s. */
export const startLlamaEngine = async (contextTokens = 1024): Promise<LlamaEngine> => {
  const engine = createServingEngine({ onLog: () => undefined })
  const { origin, token } = await engine.load({
    modelPath: model,
    base: 'base',
    contextTokens,
    sequences: 2,
    threads: 1,
  })
  return {
    engine,
    post: (path, body) =>
      fetch(`${origin}${path}`, {
        method: 'POST',
        body: JSON.stringify({ model: 'base', ...body }),
        headers: { authorization: `Bearer ${token}` },
      }),
    stop: () => engine.stop(),
  }
}
