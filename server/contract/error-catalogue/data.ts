import { of, type ErrorEntry } from './entry'

/** Of files, datasets, recipes, connections and the sources they are read from. */
export const dataErrors = {
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
} satisfies Record<string, ErrorEntry>
