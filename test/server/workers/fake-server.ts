import { ApiError, type ForgeClient } from '../../../server/client/client'
import type { Lease } from '../../../server/contract/workers'

export interface Call {
  path: string
  body: Record<string, unknown>
}

/** A refusal as the client throws it. */
export const refusal = (code: ApiError['code'], status: number | null = 409): ApiError =>
  new ApiError({ code, status, message: code, hint: '', requestId: null })

/** A client whose answers a test gives by path; what was called is kept. An answer that is an Error is thrown. */
export const fakeServer = (answers: Record<string, (call: Call, signal: AbortSignal | undefined) => unknown>) => {
  const calls: Call[] = []
  const client = {
    call: async (
      route: { path: string },
      input: { body?: Record<string, unknown> },
      options?: { signal?: AbortSignal },
    ) => {
      const call = { path: route.path, body: input.body ?? {} }
      calls.push(call)
      const end = Object.keys(answers).find((name) => route.path.endsWith(name))
      if (end === undefined) throw new Error(`The test gives no answer for ${route.path}`)
      const answer = await answers[end]?.(call, options?.signal)
      if (answer instanceof Error) throw answer
      return answer
    },
    stream: () => Promise.reject(new Error('The test gives no streams')),
  } as unknown as ForgeClient
  return { client, calls, of: (end: string) => calls.filter(({ path }) => path.endsWith(end)).map(({ body }) => body) }
}

export const leaseOf = (kind: Lease['kind'], input: Lease['input'], change: Partial<Lease> = {}): Lease => ({
  id: 'job_1.1',
  job_id: 'job_1',
  kind,
  fence: 1,
  attempt: 1,
  project_id: 'proj_1',
  input,
  blobs: [],
  append_to: null,
  models: {},
  connections: {},
  resume: null,
  micro_batch_divisor: 1,
  resources: { cpus: 0, memory_bytes: 0, gpus: 0, gpu_memory_bytes: 0, labels: {} },
  expires_in_ms: 30_000,
  ...change,
})
