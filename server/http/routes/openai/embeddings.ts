import { routes } from '../../../contract/routes'
import { checkBudget } from '../../../ledger/budget'
import { clientGone } from '../../client-gone'
import type { Ports } from '../../ports'
import type { Register } from '../../register'

/** OpenAI's call for embeddings: straight to the engine, past the queue. */
export const embeddingRoutes = (on: Register, { db, gateway }: Ports): void => {
  on(routes.createEmbedding, async ({ body, caller, reply }) => {
    const { projectId } = caller
    await checkBudget(db, projectId)
    const list = await gateway.embed({ projectId, body, forJob: null, signal: clientGone(reply) })
    // checked when it came from the engine: thousands of numbers are not looked at twice
    return await reply.send(list)
  })
}
