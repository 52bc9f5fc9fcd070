import { followRun } from '../../../server/cli/follow-run'
import { liveLines } from '../../../server/cli/live-lines'
import { ApiError, type ForgeClient } from '../../../server/client/client'
import type { Job } from '../../../server/contract/jobs'
import { routes } from '../../../server/contract/routes'
import { jobWith } from './job'

interface Look {
  run: string
  jobs: Record<string, Job>
}

/** A server that shows one look after the other; a look that is an error is thrown once. */
const clientOf = (looks: (Look | Error)[]): ForgeClient => {
  let current: Look | undefined
  return {
    call: (route, input) => {
      if (route === (routes.getJob as unknown))
        return Promise.resolve(current?.jobs[(input as { params: { id: string } }).params.id] as never)
      const next = looks.shift()
      if (next instanceof Error) return Promise.reject(next)
      current = next ?? current
      const steps = Object.entries(current?.jobs ?? {}).map(([id, { kind, status }]) => ({
        name: kind,
        job_id: id,
        kind,
        status,
      }))
      return Promise.resolve({
        id: 'job_run',
        object: 'recipe_run',
        name: 'shop',
        status: current?.run,
        steps,
      } as never)
    },
    stream: () => Promise.reject(new Error('not used')),
  }
}
const follow = async (looks: (Look | Error)[]) => {
  let text = ''
  const lines = liveLines({ write: (part) => (text += part) }, false)
  const ended = await followRun(clientOf(looks), 'job_run', { lines, isTerminal: false, intervalMs: 1 })
  return { ended, text }
}
const ingest = jobWith({ id: 'a', kind: 'ingest', status: 'succeeded' })
const training = jobWith({ id: 'b', kind: 'fine-tune' })

test('each step is shown while it runs and once when it ends; a step that waits is not', async () => {
  const { ended, text } = await follow([
    { run: 'running', jobs: { a: { ...ingest, status: 'running' }, b: { ...training, status: 'blocked' } } },
    { run: 'running', jobs: { a: ingest, b: training } },
    { run: 'succeeded', jobs: { a: ingest, b: { ...training, status: 'succeeded' } } },
  ])
  expect(text).toBe('ingest  running\ningest  succeeded\nfine-tune  running\nfine-tune  succeeded\n')
  expect(ended.steps.map(({ name, job }) => `${name} ${job.status}`)).toEqual([
    'ingest succeeded',
    'fine-tune succeeded',
  ])
})

test('a server that restarts meanwhile is waited for', async () => {
  const down = new ApiError({ code: 'unreachable', status: null, message: 'No answer.', hint: '', requestId: null })
  const { ended, text } = await follow([
    { run: 'running', jobs: { a: { ...ingest, status: 'running' } } },
    down,
    { run: 'succeeded', jobs: { a: ingest } },
  ])
  expect(ended.run.status).toBe('succeeded')
  expect(text).toContain('waiting for the server')
})

test('steps that never began because one failed are in the result', async () => {
  const { ended } = await follow([
    { run: 'failed', jobs: { a: { ...ingest, status: 'failed' }, b: { ...training, status: 'cancelled' } } },
  ])
  expect(ended.steps.map(({ job }) => job.status)).toEqual(['failed', 'cancelled'])
})
