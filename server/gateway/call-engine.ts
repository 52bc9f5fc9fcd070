import type { Dispatcher } from 'undici'
import { ForgeError } from '../contract/errors'
import type { Activity } from './activity'
import { engineError, mayTryElsewhere } from './engine-error'
import type { Meter } from './metering'
import type { DeploymentPort } from './ports'
import { engineKey, type ReplicaTable, type TakenReplica } from './replica-table'
import { resolveCall, takeReplica } from './resolve'

/** Who calls which model. */
export interface EngineCall {
  projectId: string
  /** the name that the client used */
  model: string
  /** the job whose handler calls: it may call a model that failed its gate, and the tokens are its */
  forJob: { jobId: string } | null
  /** aborts when the client goes away: the engine stops */
  signal: AbortSignal
}

export interface GatewayParts {
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
 * Gives the replica with the fewest running requests to `ask`, which must release it once it has answered; before the
 * first byte of an answer, and only then, another one when it does not answer. Throws ForgeError.
 */
export const callEngine = async <Answer>(
  parts: GatewayParts,
  { projectId, model, forJob, signal }: EngineCall,
  ask: (replica: TakenReplica) => Promise<Answer>,
): Promise<Answer> => {
  const until = performance.now() + parts.holdMs
  const destination = await resolveCall(parts, { projectId, name: model, forJob: forJob !== null })
  parts.activity.note(destination.deploymentId)
  const except = new Set<string>()
  let last: NoAnswer | null = null
  for (;;) {
    // a broken engine is not waited for: the next one would break too
    const wait = last === null || last.unreachable ? until : 0
    const replica = await takeReplica(parts, destination, model, { until: wait, except, signal }).catch(
      (error: unknown) => {
        throw last !== null && !last.unreachable ? last.error : error
      },
    )
    try {
      return await ask(replica)
    } catch (error) {
      replica.release()
      if (!(error instanceof NoAnswer)) throw error
      last = error
      except.add(engineKey(replica))
      await parts.table.reload().catch(parts.onError)
    }
  }
}

/** The engine's response once it has a good status. Throws NoAnswer, or the engine's refusal as a ForgeError. */
export const send = async (
  agent: Dispatcher,
  replica: TakenReplica,
  { path, body, signal }: { path: string; body: object; signal: AbortSignal },
): Promise<Dispatcher.ResponseData> => {
  const request = agent.request({
    origin: `http://${replica.address}`,
    path,
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${replica.token}` },
    body: JSON.stringify(body),
  })
  const response = await orUnreachable(request, signal)
  if (response.statusCode === 200) return response
  const error = engineError(response.statusCode, await response.body.text().catch(() => ''))
  if (mayTryElsewhere(response.statusCode))
    throw new NoAnswer(error.code === 'engine_failed' ? error : failed(error.message), false)
  throw error
}

/** What the engine is about to send. Throws NoAnswer when it breaks off, or the signal's reason when the client left. */
export const orUnreachable = async <Value>(value: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  await value.catch((cause: unknown) => {
    if (signal.aborted) throw cause
    throw new NoAnswer(failed(cause instanceof Error ? cause.message : String(cause), cause), true)
  })

/** JSON of an engine, or undefined for what is none: the schema then says what is wrong. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const failed = (detail: string, cause?: unknown): ForgeError =>
  new ForgeError('engine_failed', { detail }, cause === undefined ? {} : { cause })
