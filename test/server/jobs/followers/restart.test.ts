import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import pino from 'pino'
import { createClient, type ForgeClient } from '../../../../server/client/client'
import { readConfig } from '../../../../server/config'
import { routes } from '../../../../server/contract/routes'
import { newKey } from '../../../../server/http/api-key'
import { cancelJob } from '../../../../server/jobs/control'
import { serve, type RunningServer } from '../../../../server/serve'
import { withDatabase, type TestDatabase } from '../../../support/database'
import { serverEvents } from '../../../support/server-events'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await withDatabase()
  folder = await mkdtemp(join(tmpdir(), 'forge-restart-'))
}, 60_000)
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const keys = { admin: newKey(), worker: newKey() }
const start = async (): Promise<{ running: RunningServer; client: ForgeClient }> => {
  const config = readConfig({ FORGE_PORT: '0', FORGE_DATA_DIR: folder, FORGE_METER: 'false' }, folder)
  const running = await serve(config, database.url, keys, pino({ level: 'silent' }))
  return { running, client: createClient({ baseUrl: running.url, apiKey: keys.admin }) }
}
const follower = { params: { follower_id: 'triggerer-1' } }
const nextEnd = async (stream: Readable): Promise<{ id: string; jobId: unknown }> => {
  for await (const { event, id, data } of serverEvents(stream))
    if (event === 'job.ended' && id !== null) return { id, jobId: data['job_id'] }
  throw new Error('The stream ended before a job did.')
}

test('a stream goes on at the next server: what ended while there was none is told, and nothing twice', async () => {
  const first = await start()
  const create = async (): Promise<string> =>
    (await first.client.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })).id
  const [one, two] = [await create(), await create()]
  await first.client.call(routes.putFollower, { ...follower, body: { job_ids: [one, two] } })
  const stream = await first.client.stream(routes.streamFollower, follower)
  const told = nextEnd(stream)
  await cancelJob(database.db, one, 'proj_default')
  const seen = await told
  expect(seen.jobId).toBe(one)
  stream.destroy()
  await first.running.stop()
  await cancelJob(database.db, two, 'proj_default')

  const second = await start()
  const resumed = await second.client.stream(routes.streamFollower, follower, {
    headers: { 'last-event-id': seen.id },
  })
  expect((await nextEnd(resumed)).jobId).toBe(two)
  resumed.destroy()
  await second.running.stop()
}, 60_000)
