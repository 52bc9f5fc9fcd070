import { openMeter, type ServedTokens } from '../../../server/gateway/metering'

const one = {
  projectId: 'p',
  deploymentId: 'd',
  model: 'm',
  jobId: null,
  promptTokens: 3,
  completionTokens: 2,
  seconds: 0.3,
}

test('counts are summed per deployment, model and job, and each is handed over once', async () => {
  const seen: ServedTokens[] = []
  const meter = openMeter({
    onTokens: (tokens) => Promise.resolve(void seen.push(...tokens)),
    onError: fail,
    flushMs: 60_000,
  })
  meter.add(one)
  meter.add(one)
  meter.add({ ...one, jobId: 'job_1' })
  await meter.flush()
  await meter.close()
  expect(seen).toMatchObject([
    {
      promptTokens: 6,
      completionTokens: 4,
      requests: 2,
      jobId: null,
      busySeconds: 0.6,
      durations: [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0],
    },
    { promptTokens: 3, requests: 1, jobId: 'job_1' },
  ])
})

test('what the ledger refused comes again with what came meanwhile', async () => {
  const errors: Error[] = []
  const seen: ServedTokens[] = []
  let refuse = true
  const meter = openMeter({
    onTokens: (tokens) => {
      if (refuse) return Promise.reject(new Error('the database is away'))
      seen.push(...tokens)
      return Promise.resolve()
    },
    onError: (error) => errors.push(error),
    flushMs: 60_000,
  })
  meter.add(one)
  await meter.flush()
  refuse = false
  meter.add(one)
  await meter.close()
  expect(errors).toHaveLength(1)
  expect(seen).toMatchObject([{ promptTokens: 6, requests: 2 }])
})

const fail = (error: Error): never => {
  throw error
}
