import { of, type ErrorEntry } from './entry'

/** Of an id or a name that the project does not have. */
export const notFoundErrors = {
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
} satisfies Record<string, ErrorEntry>
