import type {
  IDataObject,
  IExecuteFunctions,
  INodeExecutionData,
  INodeProperties,
  IWebhookDescription,
} from 'n8n-workflow'
import { NodeOperationError, WAIT_INDEFINITELY } from 'n8n-workflow'
import type { CreateJob } from './contract'
import { nodeError, thrownItem } from './errors'
import { createGroup, largestGroup } from './groups'
import { takeResults, type Present } from './results'
import { compact } from './item-ranges'
import { hasEndedFor, readWait, thisRun, writeWait } from './wait-state'

/** A job, and the input items that it stands for. */
export interface WaitingJob {
  job: CreateJob
  items: number[]
  /** how long a person may take meanwhile: on top of the wait limit, unless that is set. Default 0 */
  personSeconds?: number
}
/** An operation that waits for its jobs. */
export interface Waiting {
  outputs: number
  jobs(): WaitingJob[] | Promise<WaitingJob[]>
  present: Present
}

/** The address that Forge calls when the jobs have ended: the execution's own, guarded by its token. */
export const resumeWebhooks: IWebhookDescription[] = [
  {
    name: 'default',
    httpMethod: 'POST',
    responseMode: 'onReceived',
    // without it n8n answers with the text "firstEntryJson"
    responseData: '',
    path: '',
    restartWebhook: true,
    isFullPath: true,
  },
]

/** seconds */
const week = 7 * 86_400

export const waitOptions: INodeProperties[] = [
  {
    displayName: 'Idempotency Key',
    name: 'idempotency_key',
    type: 'string',
    default: '',
    placeholder: 'e.g. {{ $json.orderId }}',
    description:
      'The same key never starts the same jobs twice, unless they failed. Empty: this execution and node, so that a retry of the node finds its jobs.',
  },
  {
    displayName: 'Wait Limit',
    name: 'deadline_seconds',
    type: 'number',
    typeOptions: { minValue: 1 },
    default: week,
    description:
      'Longest time until the jobs must have ended, in seconds; what has not is cancelled and leaves as failed',
  },
]

const givenKey = (context: IExecuteFunctions, item: number): string =>
  String(context.getNodeParameter('options.idempotency_key', item, '') ?? '').trim()

/**
 * With a key of the user's own, what failed or was cancelled is made anew: else an order that failed once could never
 * be tried again. Nothing else tries the node's own key again after its jobs have ended.
 */
export const onExistingOf = (context: IExecuteFunctions, item: number): 'return' | 'replace_failed' =>
  givenKey(context, item) === '' ? 'return' : 'replace_failed'

/** What the option says, else `n8n:<workflow>:<execution>:<node>:<run>`. */
export const idempotencyKeyOf = (context: IExecuteFunctions, item?: number): string => {
  const given = givenKey(context, item ?? 0)
  if (given !== '') return given
  const { nodeId, run } = thisRun(context)
  const parts = [context.getWorkflow().id, context.getExecutionId(), nodeId, run]
  return ['n8n', ...parts, ...(item === undefined ? [] : [item])].join(':')
}

/**
 * For which input items a job is, and which execution asked. With a key of the user's own the execution is left out:
 * another one that uses the key must send the same request to find the job.
 */
export const originOf = (context: IExecuteFunctions, items: number[]): { metadata: Record<string, string> } => ({
  metadata: {
    n8n_items: compact(items),
    ...(givenKey(context, items[0] ?? 0) === ''
      ? {
          n8n_workflow: String(context.getWorkflow().name ?? context.getWorkflow().id ?? '').slice(0, 200),
          n8n_execution: context.getExecutionId(),
        }
      : {}),
  },
})

/**
 * Starts the jobs as one group and parks the execution until Forge has called back; when n8n then runs the node again,
 * takes the results. With "Continue", what could not be started or read leaves by the last output: were the error thrown,
 * n8n would send the input through the first one, as if it had succeeded.
 */
export const waitForJobs = async (
  context: IExecuteFunctions,
  { outputs, jobs, present }: Waiting,
): Promise<INodeExecutionData[][]> => {
  try {
    const state = readWait(context)
    if (hasEndedFor(state, thisRun(context))) return await takeResults(context, state.groupId, outputs, present)
    return await park(context, await jobs(), outputs)
  } catch (error) {
    if (!context.continueOnFail()) throw nodeError(context.getNode(), error)
    const failed = context.getInputData().map((_, item) => thrownItem(error, item))
    return [...Array.from({ length: outputs - 1 }, () => []), failed]
  }
}

/** What the longest wait for a person adds, in seconds. */
const longest = (jobs: WaitingJob[]): number => Math.max(0, ...jobs.map(({ personSeconds = 0 }) => personSeconds))

/**
 * What is returned is a receipt, which only a caller sees who waits for the workflow's answer. n8n's timed wait is never
 * used: when it wakes, n8n sends the input through the first output, as if the jobs had succeeded.
 */
const park = async (
  context: IExecuteFunctions,
  jobs: WaitingJob[],
  outputs: number,
): Promise<INodeExecutionData[][]> => {
  if (jobs.length > largestGroup) {
    throw new NodeOperationError(
      context.getNode(),
      `${jobs.length} items would start as many jobs; a node waits for 1,000`,
      {
        description: 'Put Loop Over Items before it, or let the node run once for all items (Settings: Execute Once).',
      },
    )
  }
  const self = thisRun(context)
  writeWait(context, { phase: 'starting', ...self, groupId: '-' })
  const { id } = await createGroup(
    context,
    {
      jobs: jobs.map(({ job, items }) => ({ ...job, job: { ...job.job, ...originOf(context, items) } })),
      callback_url: String(context.evaluateExpression('{{ $execution.resumeUrl }}', 0)),
      deadline_seconds: Number(context.getNodeParameter('options.deadline_seconds', 0, week + longest(jobs))),
      origin: { system: 'n8n', url: null },
      on_existing: onExistingOf(context, 0),
    },
    idempotencyKeyOf(context),
  )
  writeWait(context, { phase: 'waiting', ...self, groupId: id })
  await context.putExecutionToWait(WAIT_INDEFINITELY)
  const receipt: IDataObject = { group_id: id, status: 'waiting', jobs: jobs.length }
  return [
    [{ json: receipt, pairedItem: jobs.flatMap(({ items }) => items.map((item) => ({ item }))) }],
    ...Array.from({ length: outputs - 1 }, () => []),
  ]
}
