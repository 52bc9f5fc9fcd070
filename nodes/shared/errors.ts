import type { IDataObject, IN8nHttpFullResponse, INode, INodeExecutionData, JsonObject } from 'n8n-workflow'
import { NodeApiError, NodeOperationError } from 'n8n-workflow'
import type { ErrorBody, Job } from './contract'

interface Where {
  base: string
  itemIndex: number | undefined
}

/** Forge refused a call: the title is what is wrong with which value, the description the remedy and the request id. */
export const refusal = (node: INode, answer: IN8nHttpFullResponse, { base, itemIndex }: Where): NodeApiError => {
  const error = (answer.body as Partial<ErrorBody> | undefined)?.error
  const [message, description] = error
    ? [error.message, `${error.hint} (request ${error.request_id})`]
    : [
        `${base} answered with status ${answer.statusCode}, and not as Forge does`,
        'Check the base URL of the Forge credential: another server, or a proxy before Forge, answers there.',
      ]
  const cause = { message, code: error?.code ?? null, param: error?.param ?? null }
  return new NodeApiError(node, cause as JsonObject, {
    message,
    description,
    httpCode: String(answer.statusCode),
    ...(itemIndex === undefined ? {} : { itemIndex }),
  })
}

// in words: n8n replaces a title that names one of these codes by a general one of its own
const networkProblems: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  ECONNABORTED: 'no answer in time',
  EHOSTUNREACH: 'no way to this host',
  ENOTFOUND: 'unknown host name',
  EAI_AGAIN: 'unknown host name',
  ETIMEDOUT: 'no answer in time',
}
const loopback = /^https?:\/\/(localhost|127\.|\[::1\]|0\.0\.0\.0)/i

/** In words, from which address no answer came, and what mostly lies behind it. */
export const noAnswer = (cause: unknown, base: string): { problem: string; hint: string } => {
  const code = codeOf(cause)
  const hint = [
    'Is Forge running (npm start), and is the base URL of the credential right?',
    ...(code === 'ECONNREFUSED' && loopback.test(base)
      ? ['n8n runs in Docker? Use http://host.docker.internal:8470.']
      : []),
  ].join(' ')
  return { problem: `Forge does not answer at ${base}: ${networkProblems[code ?? ''] ?? 'no connection'}`, hint }
}

/** No answer came. */
export const unreachable = (node: INode, cause: unknown, { base, itemIndex }: Where): NodeOperationError => {
  const { problem, hint } = noAnswer(cause, base)
  return new NodeOperationError(node, problem, {
    description: hint,
    ...(itemIndex === undefined ? {} : { itemIndex }),
  })
}

// n8n wraps the network's error once or twice; its code lies in one of the layers, its text in the messages
const codeOf = (error: unknown): string | null => {
  for (let layer: unknown = error; layer instanceof Error; layer = layer.cause) {
    const { code, messages = [] } = layer as Error & { code?: unknown; messages?: string[] }
    if (typeof code === 'string') return code
    const named = /\b(ECONN[A-Z]+|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN)\b/.exec(
      [layer.message, ...messages].join(),
    )
    if (named?.[1] !== undefined) return named[1]
  }
  return null
}

/**
 * The one shape that n8n itself sends to a node's error output. It must hold these three fields and no other, and
 * `error` must not be empty.
 */
export const failedItem = (
  { message, details }: { message: string; details: IDataObject },
  pairedItem: INodeExecutionData['pairedItem'],
): INodeExecutionData => ({
  json: { error: message, message, details },
  ...(pairedItem === undefined ? {} : { pairedItem }),
})

/** What was thrown for an item, as an item. */
export const thrownItem = (thrown: unknown, item: number): INodeExecutionData => {
  const error = thrown as NodeApiError | NodeOperationError
  const details = { description: error.description ?? null, item_index: item }
  return failedItem({ message: error.message, details }, { item })
}

/** Why a job ended without a result. */
export const jobProblem = (job: Job): { message: string; details: IDataObject } => ({
  message: job.error?.message ?? `The job ${job.id} was ${job.status}`,
  details: {
    code: job.error?.code ?? job.status,
    hint: job.error?.hint ?? null,
    retryable: job.error?.retryable ?? false,
    job_id: job.id,
  },
})

/** What was thrown, as n8n wants it thrown: with the node, and the item where one is named. */
export const nodeError = (node: INode, thrown: unknown, itemIndex?: number): NodeApiError | NodeOperationError =>
  thrown instanceof NodeApiError || thrown instanceof NodeOperationError
    ? thrown
    : new NodeOperationError(node, thrown as Error, itemIndex === undefined ? {} : { itemIndex })
