import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createJob } from '../../server/contract/create-job'
import { bulkJobs } from '../../server/contract/job-bulk'
import { scheduledWork } from '../../server/contract/schedules'

const page = readFileSync(join(__dirname, '../../docs/schedules-and-queues.md'), 'utf8')
const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text ?? '') as unknown)

test('each example of docs/schedules-and-queues.md is taken by the call that it is for', () => {
  const calls = [scheduledWork, bulkJobs, createJob]
  expect(examples).toHaveLength(calls.length)
  for (const [index, call] of calls.entries()) expect(call.safeParse(examples[index]).error).toBeUndefined()
})
