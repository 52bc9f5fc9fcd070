import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { chatCompletion, type ChatCompletion, type ChatRequest } from '../contract/chat'
import { ForgeError } from '../contract/errors'
import type { Activity } from './activity'
import { engineError, mayTryElsewhere } from './engine-error'
import type { Meter } from './metering'
import type { DeploymentPort } from './ports'
import { relay } from './relay'
import { engineKey, type ReplicaTable, type TakenReplica } from './replica-table'
import { resolveCall, takeReplica } from './resolve'

export interface ChatCall {
  projectId: string
  body: ChatRequest
  /** the job whose handler calls: it may call a model that failed its gate, and the tokens are its */
  forJob: { jobId: string } | null
  /** aborts when the client goes away: the generation stops */
  signal: AbortSignal
}
/** The answer whole, or as server-sent events whose first one is there. */
export type ChatReply =
  | { kind: 'json'; body: ChatCompletion }
  | { kind: 'stream'; headers: Record<string, string>; stream: Readable }

export interface ChatParts {
  table: ReplicaTable
  meter: Meter
  activity: Activity
  deployments: DeploymentPort
  agent: Dispatcher
  holdMs: number
  onError: (error: Error) => void
}

/** The engine gave no answer: another one may. `unreachable`: this one is away, and one may come in its place. */
class NoAnswer extends Error {
  constructor(
    readonly error: ForgeError,
    readonly unreachable: boolean,
  ) {
    super(error.message)
  }
}

/**
 * Sends the call to the replica with the fewest running requests; before the first byte of an answer, and only then,
 * to another one when it does not answer. Throws ForgeError.
 */
export const chat = async (parts: ChatParts, call: ChatCall): Promise<ChatReply> => {
  const name = call.body.model
  const until = performance.now() + parts.holdMs
  const destination = await resolveCall(parts, { projectId: call.projectId, name, forJob: call.forJob !== null })
  parts.activity.note(destination.deploymentId)
  const except = new Set<string>()
  let last: NoAnswer | null = null
  for (;;) {
    // a broken engine is not waited for: the next one would break too
    const wait = last === null || last.unreachable ? until : 0
    const replica = await takeReplica(parts, destination, name, { until: wait, except, signal: call.signal }).catch(
      (error: unknown) => {
        throw last !== null && !last.unreachable ? last.error : error
      },
    )
    try {
      return await ask(parts, call, replica)
    } catch (error) {
      replica.release()
      if (!(error instanceof NoAnswer)) throw error
      last = error
      except.add(engineKey(replica))
      await parts.table.reload().catch(parts.onError)
    }
  }
}

const ask = async (parts: ChatParts, call: ChatCall, replica: TakenReplica): Promise<ChatReply> => {
  const { body, projectId, signal } = call
  const streamed = body.stream === true
  const response = await send(
    parts.agent,
    replica,
    {
      ...body,
      model: replica.servedModel,
      ...(streamed ? { stream_options: { ...streamOptions(body), include_usage: true } } : {}),
    },
    signal,
  )
  const served = (promptTokens: number, completionTokens: number): void =>
    parts.meter.add({
      projectId,
      deploymentId: replica.deploymentId,
      model: replica.model,
      jobId: call.forJob?.jobId ?? null,
      promptTokens,
      completionTokens,
    })

  if (streamed) {
    const rewrite = {
      from: replica.servedModel,
      to: body.model,
      showUsage: streamOptions(body)['include_usage'] === true,
    }
    const stream = await relay(response.body, rewrite, {
      signal,
      onEnd: ({ promptTokens, completionTokens }) => {
        replica.release()
        served(promptTokens, completionTokens)
      },
    }).catch((cause: unknown) => {
      throw signal.aborted ? cause : unreachable(cause)
    })
    return {
      kind: 'stream',
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
      stream,
    }
  }
  const text = await response.body.text().catch((cause: unknown) => {
    throw signal.aborted ? cause : unreachable(cause)
  })
  const answer = chatCompletion.safeParse(safeJson(text))
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

/** The engine's response once it has a good status. Throws NoAnswer, or the engine's refusal as a ForgeError. */
const send = async (
  agent: Dispatcher,
  replica: TakenReplica,
  body: object,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> => {
  const response = await agent
    .request({
      origin: `http://${replica.address}`,
      path: '/v1/chat/completions',
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${replica.token}` },
      body: JSON.stringify(body),
    })
    .catch((cause: unknown) => {
      throw signal.aborted ? cause : unreachable(cause)
    })
  if (response.statusCode === 200) return response
  const error = engineError(response.statusCode, await response.body.text().catch(() => ''))
  if (mayTryElsewhere(response.statusCode))
    throw new NoAnswer(error.code === 'engine_failed' ? error : failed(error.message), false)
  throw error
}

const failed = (detail: string): ForgeError => new ForgeError('engine_failed', { detail })

const unreachable = (cause: unknown): NoAnswer =>
  new NoAnswer(
    new ForgeError('engine_failed', { detail: cause instanceof Error ? cause.message : String(cause) }, { cause }),
    true,
  )

const streamOptions = (body: ChatCall['body']): Record<string, unknown> => {
  const options = body['stream_options']
  return typeof options === 'object' && options !== null ? (options as Record<string, unknown>) : {}
}

const safeJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema then says what is wrong
  }
}
