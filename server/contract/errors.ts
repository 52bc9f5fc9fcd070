import { z } from 'zod'

type Facts = Record<string, string | number | boolean | null | undefined>
interface ErrorEntry {
  status: number
  /** true: the same call may succeed later without a change */
  retryable: boolean
  message: (facts: Facts) => string
  hint: string
}

/** A fact for a message; an unknown one shows as `?` so that a message never reads "undefined". */
const of = (facts: Facts, name: string): string => String(facts[name] ?? '?')

/**
 * Every error that Forge answers with: its HTTP status, whether a retry can help, its message and the remedy.
 * `docs/errors.md` is generated from it; a code that is missing there fails the check.
 */
export const errors = {
  invalid_request: {
    status: 400,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Correct the named field; /docs shows the shape of every call.',
  },
  not_authenticated: {
    status: 401,
    retryable: false,
    message: () => 'No valid API key was sent.',
    hint: 'Send "Authorization: Bearer <key>"; `forge start` printed the first key, `forge api-keys create` makes more.',
  },
  missing_scope: {
    status: 403,
    retryable: false,
    message: (f) => `This key lacks the scope "${of(f, 'scope')}".`,
    hint: 'Use a key with that scope, or make one with `forge api-keys create --scope <scope>`.',
  },
  host_not_allowed: {
    status: 421,
    retryable: false,
    message: (f) => `The Host header "${of(f, 'host')}" is not an address of this server.`,
    hint: 'Call the server by its address, or set FORGE_PUBLIC_URL to the name that people use.',
  },
  route_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no ${of(f, 'method')} ${of(f, 'path')}.`,
    hint: '/docs lists every call.',
  },
  job_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no job "${of(f, 'id')}" in this project.`,
    hint: 'List jobs with GET /v1/jobs.',
  },
  schedule_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no schedule "${of(f, 'id')}" in this project.`,
    hint: 'List schedules with GET /v1/schedules.',
  },
  job_group_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no job group "${of(f, 'id')}" in this project.`,
    hint: 'List groups with GET /v1/job_groups.',
  },
  event_expired: {
    status: 410,
    retryable: false,
    message: (f) => `The event "${of(f, 'id')}" is older than the events that are kept (FORGE_EVENT_RETENTION_DAYS).`,
    hint: 'What came after it may be gone too: look at GET /v1/events, then open the stream without Last-Event-ID.',
  },
  follower_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no follower "${of(f, 'id')}" in this project, or its lease has run out.`,
    hint: 'Name its jobs again with PUT /v1/followers/:follower_id, then open the stream.',
  },
  webhook_endpoint_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no webhook endpoint "${of(f, 'id')}" in this project.`,
    hint: 'List them with GET /v1/webhook_endpoints.',
  },
  webhook_delivery_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no webhook delivery "${of(f, 'id')}" in this project.`,
    hint: 'List those of an endpoint with GET /v1/webhook_endpoints/{id}/deliveries.',
  },
  callback_unreachable: {
    status: 422,
    retryable: false,
    message: (f) => `Nothing at callback_url takes a callback: ${of(f, 'detail')}. No job was started.`,
    hint: 'Set N8N_WEBHOOK_URL of n8n to an address that the Forge server reaches, and list that host in FORGE_OUTGOING_ALLOW of the server if it is not a public one.',
  },
  file_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no file "${of(f, 'id')}" in this project.`,
    hint: 'List files with GET /v1/files.',
  },
  dataset_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no dataset "${of(f, 'id')}" in this project.`,
    hint: 'List datasets with GET /v1/datasets.',
  },
  connection_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no connection "${of(f, 'id')}" in this project.`,
    hint: 'List connections with GET /v1/connections.',
  },
  model_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no model or deployment "${of(f, 'id')}" in this project.`,
    hint: 'GET /v1/models lists what can be called.',
  },
  evaluation_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no evaluation "${of(f, 'id')}" in this project.`,
    hint: 'List evaluations with GET /v1/evaluations.',
  },
  deployment_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no deployment "${of(f, 'id')}" in this project.`,
    hint: 'List deployments with GET /v1/deployments.',
  },
  approval_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no approval "${of(f, 'id')}" in this project.`,
    hint: 'List approvals with GET /v1/approvals.',
  },
  generation_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no generation "${of(f, 'id')}" in this project.`,
    hint: 'POST /v1/generations makes one.',
  },
  recipe_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no recipe run "${of(f, 'id')}" in this project.`,
    hint: 'POST /v1/recipes starts one.',
  },
  api_key_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no API key "${of(f, 'id')}".`,
    hint: 'List keys with GET /v1/api_keys.',
  },
  worker_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `There is no worker "${of(f, 'id')}".`,
    hint: 'A worker registers again by itself when it starts.',
  },
  blob_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `The bytes ${of(f, 'sha256')} are not in the blob store.`,
    hint: 'Upload them again; check that FORGE_BLOB_URL points to the same store on every server.',
  },
  idempotency_conflict: {
    status: 409,
    retryable: false,
    message: (f) =>
      `The Idempotency-Key "${of(f, 'key')}" was used with another request; different: ${of(f, 'fields')}.`,
    hint: 'Use a new key for a new request.',
  },
  request_in_progress: {
    status: 409,
    retryable: true,
    message: (f) => `A call with the Idempotency-Key "${of(f, 'key')}" is still under way.`,
    hint: 'Send it again in a moment: it then gets the answer of the first one.',
  },
  answer_not_kept: {
    status: 409,
    retryable: false,
    message: (f) =>
      `The call with the Idempotency-Key "${of(f, 'key')}" was accepted; its answer had a secret that is shown once and is not kept.`,
    hint: 'If the answer was lost, delete what the call made and call again with a new Idempotency-Key.',
  },
  illegal_move: {
    status: 409,
    retryable: false,
    message: (f) => `A job that is ${of(f, 'from')} cannot be ${of(f, 'action')}.`,
    hint: 'Read the job again; docs/job-states.md draws what may follow what.',
  },
  lease_lost: {
    status: 409,
    retryable: false,
    message: (f) => `The lease ${of(f, 'lease')} is no longer held: the job was given to another attempt or ended.`,
    hint: 'Stop the engine and drop what it made; another attempt has the job.',
  },
  name_taken: {
    status: 409,
    retryable: false,
    message: (f) => `The name "${of(f, 'name')}" is already used by ${of(f, 'by')}.`,
    hint: 'Choose another name.',
  },
  gate_failed: {
    status: 409,
    retryable: false,
    message: (f) => `Model ${of(f, 'model')} did not pass its gate: ${of(f, 'reasons')}.`,
    hint: 'Improve the model, or deploy with force=true and a reason (it is audited).',
  },
  approval_decided: {
    status: 409,
    retryable: false,
    message: (f) => `Approval ${of(f, 'id')} is no longer open: ${of(f, 'outcome')}.`,
    hint: 'A decision stands. Deploy again, or retry the job that was cancelled: it asks anew.',
  },
  approval_rejected: {
    status: 409,
    retryable: false,
    message: (f) => `"${of(f, 'by')}" rejected model ${of(f, 'model')} as "${of(f, 'deployment')}": ${of(f, 'reason')}`,
    hint: 'Do what the reason asks for, then deploy again: what serves now goes on serving.',
  },
  approval_expired: {
    status: 409,
    retryable: false,
    message: (f) =>
      `Nobody decided by ${of(f, 'expires_at')} whether model ${of(f, 'model')} may be deployed as "${of(f, 'deployment')}".`,
    hint: 'Retry the job to ask again, or give more time with approval_timeout_seconds.',
  },
  model_not_released: {
    status: 403,
    retryable: false,
    message: (f) => `Model ${of(f, 'model')} may not be called by its name: ${of(f, 'reason')}.`,
    hint: 'Deploy it (with force and a reason if its gate failed) and call the deployment.',
  },
  file_empty: {
    status: 422,
    retryable: false,
    message: (f) => `The file "${of(f, 'filename')}" is empty.`,
    hint: 'Upload a file that has content.',
  },
  file_too_large: {
    status: 413,
    retryable: false,
    message: (f) => `The upload is larger than ${of(f, 'limit_bytes')} bytes.`,
    hint: 'Split the file, or raise FORGE_UPLOAD_LIMIT_BYTES.',
  },
  upload_part_out_of_order: {
    status: 409,
    retryable: true,
    message: (f) => `The upload continues at byte ${of(f, 'expected')}, not at ${of(f, 'got')}.`,
    hint: 'Send the part that starts at the expected byte.',
  },
  hash_mismatch: {
    status: 422,
    retryable: true,
    message: (f) => `The bytes hash to ${of(f, 'actual')}, not to ${of(f, 'expected')}.`,
    hint: 'The upload was damaged; send it again.',
  },
  dataset_changed: {
    status: 409,
    retryable: true,
    message: (f) =>
      `The dataset "${of(f, 'name')}" got another version while rows were appended to ${of(f, 'parent')}.`,
    hint: 'Retry the job: it then appends to the newest version.',
  },
  dataset_too_small: {
    status: 422,
    retryable: false,
    message: (f) => `The dataset has ${of(f, 'rows')} usable rows; at least ${of(f, 'needed')} are needed.`,
    hint: 'Add rows, or look at the ingest report for the rows that were dropped.',
  },
  ingest_failed: {
    status: 422,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Correct the data, or allow a share of bad rows with skip_invalid_percentage.',
  },
  input_erased: {
    status: 409,
    retryable: false,
    message: (f) => `The job needs ${of(f, 'what')}, which was erased.`,
    hint: 'Start a new job on data that is there.',
  },
  recipe_invalid: {
    status: 422,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Correct the recipe; examples/ has working ones.',
  },
  unsupported_parameter: {
    status: 400,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Leave it out.',
  },
  content_not_read: {
    status: 400,
    retryable: false,
    message: (f) => `The model "${of(f, 'model')}" reads text only, and ${of(f, 'place')} has ${of(f, 'what')}.`,
    hint: 'Choose a model that reads it, or leave it out and describe it in words.',
  },
  context_length_exceeded: {
    status: 400,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Shorten the prompt or lower max_tokens.',
  },
  no_replica: {
    status: 503,
    retryable: true,
    message: (f) => `"${of(f, 'model')}" has no ready engine: ${of(f, 'reason')}.`,
    hint: 'Try again after the time in retry-after; GET /v1/workers shows whether a worker is there.',
  },
  engine_failed: {
    status: 502,
    retryable: true,
    message: (f) => `The engine failed: ${of(f, 'detail')}`,
    hint: 'Look at the job log or the worker log; the request may be sent again.',
  },
  engine_unavailable: {
    status: 503,
    retryable: true,
    message: (f) => `The engine could not start: ${of(f, 'detail')}`,
    hint: 'Run `npm run setup` on the worker; it installs what engines need.',
  },
  training_diverged: {
    status: 422,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Lower learning_rate, or look for broken rows.',
  },
  out_of_memory: {
    status: 507,
    retryable: true,
    message: (f) => of(f, 'detail'),
    hint: 'Lower batch_size or max_length, or use a machine with more memory.',
  },
  disk_full: {
    status: 507,
    retryable: true,
    message: (f) => `There is no room left on the disk: ${of(f, 'detail')}`,
    hint: 'Free some room in the data folder and retry the job.',
  },
  model_not_loadable: {
    status: 422,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Use a folder or a repository with safetensors, config.json and a tokenizer.',
  },
  architecture_not_servable: {
    status: 422,
    retryable: false,
    message: (f) => `No serving engine here can load ${of(f, 'architecture')}.`,
    hint: 'Use a base with safetensors and a plain LoRA adapter, or bring a GGUF of both.',
  },
  worker_lost: {
    status: 500,
    retryable: true,
    message: (f) => `The worker was lost ${of(f, 'times')} times in a row without a new checkpoint.`,
    hint: 'Look at the worker log for memory or power trouble, then retry the job.',
  },
  timed_out: {
    status: 504,
    retryable: false,
    message: (f) => `The job ran longer than its ${of(f, 'what')}.`,
    hint: 'Raise timeout_s or deadline_at.',
  },
  deployment_failed: {
    status: 502,
    retryable: true,
    message: (f) => of(f, 'detail'),
    hint: 'The generation before stays in service; look at the worker log.',
  },
  dependency_failed: {
    status: 424,
    retryable: false,
    message: (f) => `The step "${of(f, 'step')}" before it ended as ${of(f, 'status')}: ${of(f, 'detail')}`,
    hint: 'Look at that step; retrying the recipe keeps the steps that succeeded.',
  },
  secret_key_missing: {
    status: 503,
    retryable: false,
    message: () => 'This server has no FORGE_SECRET_KEY, so it cannot keep secrets.',
    hint: 'Make one with `openssl rand -base64 32`, set it as FORGE_SECRET_KEY on every server, and restart them.',
  },
  secret_unreadable: {
    status: 500,
    retryable: false,
    message: (f) => `The secrets of ${of(f, 'id')} cannot be read: ${of(f, 'reason')}.`,
    hint: 'Set FORGE_PREVIOUS_SECRET_KEY to the key they were stored with, or give the connection its secrets, or make the webhook endpoint, again.',
  },
  airflow_dag_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `Airflow at ${of(f, 'host')} has no DAG "${of(f, 'dag_id')}".`,
    hint: 'GET /v1/airflow/dags lists the DAGs that the credentials of the connection may see.',
  },
  airflow_dag_paused: {
    status: 409,
    retryable: false,
    message: (f) => `The DAG "${of(f, 'dag_id')}" is paused in Airflow: a run of it would wait for good.`,
    hint: 'Unpause it in Airflow, then retry the job.',
  },
  airflow_run_refused: {
    status: 422,
    retryable: false,
    message: (f) => `Airflow does not start the DAG "${of(f, 'dag_id')}": ${of(f, 'detail')}`,
    hint: 'Correct conf and logical_date; GET /v1/airflow/dags/<id> gives the parameters as JSON Schema.',
  },
  airflow_run_failed: {
    status: 422,
    retryable: false,
    message: (f) => `The run ${of(f, 'run_id')} of the DAG "${of(f, 'dag_id')}" failed in Airflow: ${of(f, 'detail')}.`,
    hint: 'Read the log of the task in Airflow; progress.url leads to the run. Retrying the job starts another run.',
  },
  airflow_run_lost: {
    status: 410,
    retryable: false,
    message: (f) => `The run ${of(f, 'run_id')} of the DAG "${of(f, 'dag_id')}" is not in Airflow any more.`,
    hint: 'It was deleted there. Retrying the job starts another run.',
  },
  airflow_asset_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `Airflow at ${of(f, 'host')} has no active asset with the name or URI "${of(f, 'asset')}".`,
    hint: 'An asset is known there once a DAG that is parsed names it.',
  },
  airflow_access_refused: {
    status: 422,
    retryable: false,
    message: (f) => `Airflow at ${of(f, 'host')} refuses access: ${of(f, 'detail')}.`,
    hint: 'Give the connection a password or token that is valid, of a user who may read and start this DAG.',
  },
  airflow_unavailable: {
    status: 502,
    retryable: true,
    message: (f) => `Airflow at ${of(f, 'host')} cannot be asked: ${of(f, 'detail')}.`,
    hint: 'Check that its API server (Airflow 3) runs, and base_url of the connection; POST /v1/connections/<id>/test tries it.',
  },
  airflow_connection_missing: {
    status: 404,
    retryable: false,
    message: () => 'This project has no connection of type airflow.',
    hint: 'Make one: `forge connections create <name> --type airflow --set base_url=<url> --set username=<user> --secrets <file>`.',
  },
  source_refused: {
    status: 422,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Check the address, the query and the credentials; POST /v1/connections/<id>/test tries the credentials.',
  },
  source_too_large: {
    status: 413,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Take a part of it, or raise the limit that the message names.',
  },
  source_unavailable: {
    status: 502,
    retryable: true,
    message: (f) => of(f, 'detail'),
    hint: 'Retry the job when the source answers again.',
  },
  address_refused: {
    status: 422,
    retryable: false,
    message: (f) =>
      `Forge does not connect to ${of(f, 'host')}:${of(f, 'port')}: ${of(f, 'address')} is not a public address.`,
    hint: 'If it shall be reached, add its host or network to FORGE_OUTGOING_ALLOW of the server and the worker.',
  },
  rate_limited: {
    status: 429,
    retryable: true,
    message: () => 'Too many requests.',
    hint: 'Wait for the time in retry-after.',
  },
  internal_error: {
    status: 500,
    retryable: true,
    message: () => 'Something went wrong inside Forge.',
    hint: 'Look for the request id in the server log.',
  },
} satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errors
export const errorCode = z.enum(Object.keys(errors) as [ErrorCode, ...ErrorCode[]])

/** The body of every refused call. */
export const errorBody = z.object({
  error: z.object({
    code: errorCode,
    message: z.string(),
    param: z.string().nullable(),
    type: z.enum([
      'invalid_request_error',
      'authentication_error',
      'permission_error',
      'rate_limit_error',
      'server_error',
    ]),
    hint: z.string(),
    request_id: z.string(),
  }),
})

/** The error of a job that failed. */
export const jobError = z.object({ code: errorCode, message: z.string(), hint: z.string(), retryable: z.boolean() })
export type JobError = z.infer<typeof jobError>

/** An error from the catalogue; the HTTP layer and the job lifecycle both render it. */
export class ForgeError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryable: boolean
  readonly hint: string
  readonly param: string | null

  constructor(code: ErrorCode, facts: Facts = {}, options: { param?: string; hint?: string; cause?: unknown } = {}) {
    const entry: ErrorEntry = errors[code]
    super(entry.message(facts), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ForgeError'
    this.code = code
    this.status = entry.status
    this.retryable = entry.retryable
    this.hint = options.hint ?? entry.hint
    this.param = options.param ?? null
  }

  /** The same error about one part of what was asked, e.g. `jobs.3`. */
  within(place: string): ForgeError {
    const param = this.param === null ? place : `${place}.${this.param}`
    const error = new ForgeError(this.code, {}, { param, hint: this.hint, cause: this })
    error.message = `${place}: ${this.message}`
    return error
  }

  toJobError(): JobError {
    return { code: this.code, message: this.message, hint: this.hint, retryable: this.retryable }
  }
}
