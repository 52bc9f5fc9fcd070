import type { Readable } from 'node:stream'
import { chatCompletion, type ChatCompletion, type ChatRequest } from '../contract/chat'
import { ForgeError } from '../contract/errors'
import { callEngine, orUnreachable, parseJson, send, type EngineCall, type GatewayParts } from './call-engine'
import { relay } from './relay'
import type { TakenReplica } from './replica-table'
import { namingTheModel } from './unread-part'

export interface ChatCall extends Omit<EngineCall, 'model'> {
  body: ChatRequest
}
/** The answer whole, or as server-sent events whose first one is there. */
export type ChatReply =
  | { kind: 'json'; body: ChatCompletion }
  | { kind: 'stream'; headers: Record<string, string>; stream: Readable }

/** One chat call. Throws ForgeError. */
export const chat = async (parts: GatewayParts, call: ChatCall): Promise<ChatReply> =>
  await callEngine(parts, { ...call, model: call.body.model, user: userOf(call.body) }, (replica) =>
    ask(parts, call, replica),
  )

const ask = async (parts: GatewayParts, call: ChatCall, replica: TakenReplica): Promise<ChatReply> => {
  const { body, projectId, signal } = call
  const streamed = body.stream === true
  const started = performance.now()
  const response = await send(parts.agent, replica, {
    path: '/v1/chat/completions',
    body: {
      ...body,
      model: replica.servedModel,
      ...(streamed ? { stream_options: { ...streamOptions(body), include_usage: true } } : {}),
    },
    signal,
  }).catch((error: unknown) => {
    throw error instanceof ForgeError ? namingTheModel(error, body) : error
  })
  const served = (promptTokens: number, completionTokens: number): void =>
    parts.meter.add({
      projectId,
      deploymentId: replica.deploymentId,
      model: replica.model,
      jobId: call.forJob?.jobId ?? null,
      promptTokens,
      completionTokens,
      seconds: (performance.now() - started) / 1000,
    })

  if (streamed) {
    const rewrite = {
      from: replica.servedModel,
      to: body.model,
      showUsage: streamOptions(body)['include_usage'] === true,
    }
    const relayed = relay(response.body, rewrite, {
      signal,
      onEnd: ({ promptTokens, completionTokens }) => {
        replica.release()
        served(promptTokens, completionTokens)
      },
    })
    return {
      kind: 'stream',
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
      stream: await orUnreachable(relayed, signal),
    }
  }
  const text = await orUnreachable(response.body.text(), signal)
  const answer = chatCompletion.safeParse(parseJson(text))
  if (!answer.success)
    throw new ForgeError(
      'engine_failed',
      { detail: `its answer is not a chat completion: ${text.slice(0, 300)}` },
      { cause: answer.error },
    )
  replica.release()
  served(answer.data.usage.prompt_tokens, answer.data.usage.completion_tokens)
  return { kind: 'json', body: { ...answer.data, model: body.model } }
}

/** OpenAI's field for who the end user is; it may be any string. */
const userOf = ({ user }: ChatRequest): string | undefined => (typeof user === 'string' ? user : undefined)

const streamOptions = (body: ChatCall['body']): Record<string, unknown> => {
  const options = body['stream_options']
  return typeof options === 'object' && options !== null ? (options as Record<string, unknown>) : {}
}
