import { of, type ErrorEntry } from './entry'

/** Of a call itself, whatever it is about. */
export const requestErrors = {
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
  sign_in_link_invalid: {
    status: 401,
    retryable: false,
    message: () => 'This sign-in link has been used or has run out.',
    hint: 'Make a new one with `npm run forge -- sign-in`, or sign in with an API key.',
  },
  origin_not_allowed: {
    status: 403,
    retryable: false,
    message: (f) => `A page of ${of(f, 'origin')} may not act for who is signed in here.`,
    hint: 'Open the console at its own address; programs send an API key instead of the cookie.',
  },
  missing_scope: {
    status: 403,
    retryable: false,
    message: (f) => `This key lacks the scope "${of(f, 'scope')}".`,
    hint: 'Use a key with that scope, or make one with `forge api-keys create --scope <scope>`.',
  },
  first_project_only: {
    status: 403,
    retryable: false,
    message: () => 'Projects are made and listed with a key of the first project only.',
    hint: 'Use the admin key that `npm start` printed, or another admin key of that project.',
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
  name_taken: {
    status: 409,
    retryable: false,
    message: (f) => `The name "${of(f, 'name')}" is already used by ${of(f, 'by')}.`,
    hint: 'Choose another name.',
  },
  budget_exceeded: {
    status: 403,
    retryable: false,
    message: (f) => `The project's budget of this month is used up: ${of(f, 'spent')} of ${of(f, 'budget')} spent.`,
    hint: 'Raise the budget with `PATCH /v1/project`, or wait for the next month (UTC). What runs already goes on.',
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
