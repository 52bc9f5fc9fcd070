import { createHash } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { ForgeError } from '../contract/errors'
import type { Activity } from './activity'
import { engineError, mayTryElsewhere } from './engine-error'
import type { Meter } from './metering'
import type { DeploymentPort } from './ports'
import { engineKey, type ReplicaTable, type TakenReplica } from './replica-table'
import { resolveCall, takeReplica, type Destination } from './resolve'

/** Who calls which model. */
export interface EngineCall {
  projectId: string
  /** the name that the client used */
  model: string
  /** the job whose handler calls: it may call a model that failed its gate, and the tokens are its */
  forJob: { jobId: string } | null
  /** on whose behalf, as the client says: all of one user's calls go to the canary or none */
  user?: string | undefined
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
  { projectId, model, forJob, user, signal }: EngineCall,
  ask: (replica: TakenReplica) => Promise<Answer>,
): Promise<Answer> => {
  const until = performance.now() + parts.holdMs
  const destination = await resolveCall(parts, { projectId, name: model, forJob: forJob !== null })
  parts.activity.note(destination.deploymentId)
  const canary = forJob === null ? takeCanary(parts, destination, user) : undefined
  if (canary) {
    try {
      return await ask(canary)
    } catch (error) {
      canary.release()
      // one that does not answer costs nobody an answer
      if (!(error instanceof NoAnswer)) throw error
    }
  }
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

/** A replica of the canary, for its share of the calls and while it has one that is ready. */
const takeCanary = (
  { table, activity }: GatewayParts,
  { canary }: Destination,
  user: string | undefined,
): TakenReplica | undefined => {
  if (!canary) return undefined
  // awake as long as what it stands beside
  activity.note(canary.deploymentId)
  return placeOf(user) < canary.weight ? table.take(canary.deploymentId) : undefined
}

/** A number from 0 to 1: the same one for the same user, else by chance. */
const placeOf = (user: string | undefined): number =>
  user === undefined ? Math.random() : createHash('sha256').update(user).digest().readUInt32BE(0) / 2 ** 32

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
