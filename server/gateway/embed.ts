import { embeddingList, type EmbeddingList, type EmbeddingRequest } from '../contract/embeddings'
import { ForgeError } from '../contract/errors'
import { callEngine, orUnreachable, parseJson, send, type EngineCall, type GatewayParts } from './call-engine'

export interface EmbedCall extends Omit<EngineCall, 'model'> {
  body: EmbeddingRequest
}

/** One call for vectors. Its tokens are counted as a prompt's. Throws ForgeError. */
export const embed = async (parts: GatewayParts, call: EmbedCall): Promise<EmbeddingList> => {
  const { body, projectId, forJob, signal } = call
  refuseTokens(body)
  return await callEngine(parts, { projectId, model: body.model, forJob, signal }, async (replica) => {
    const started = performance.now()
    const request = { path: '/v1/embeddings', body: { ...body, model: replica.servedModel }, signal }
    const response = await send(parts.agent, replica, request)
    const text = await orUnreachable(response.body.text(), signal)
    const answer = embeddingList.safeParse(parseJson(text))
    if (!answer.success)
      throw new ForgeError(
        'engine_failed',
        { detail: `its answer is not a list of embeddings: ${text.slice(0, 300)}` },
        { cause: answer.error },
      )
    replica.release()
    parts.meter.add({
      projectId,
      deploymentId: replica.deploymentId,
      model: replica.model,
      jobId: forJob?.jobId ?? null,
      promptTokens: answer.data.usage.prompt_tokens,
      completionTokens: 0,
      seconds: (performance.now() - started) / 1000,
    })
    return { ...answer.data, model: body.model }
  })
}

/** Ids mean something in their own vocabulary only, and clients that send them use that of an OpenAI model. */
const refuseTokens = ({ input }: EmbeddingRequest): void => {
  const [first] = Array.isArray(input) ? input : []
  if (typeof first !== 'number' && !Array.isArray(first)) return
  throw new ForgeError(
    'invalid_request',
    { detail: 'input: token ids are not taken, because they are those of another tokenizer than the model has.' },
    { param: 'input', hint: 'Send the texts. In LangChain for Python, set check_embedding_ctx_length=False.' },
  )
}
