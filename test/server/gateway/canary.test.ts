import { setCanary } from '../../../server/deployments/canary'
import { findDeployment, getDeployment } from '../../../server/deployments/views'
import type { ChatRequest } from '../../../server/contract/chat'
import type { ChatReply } from '../../../server/gateway/chat'
import type { Gateway } from '../../../server/gateway/gateway'
import { listenForSignals, type Signals } from '../../../server/jobs/signals'
import { withDatabase, type TestDatabase } from '../../support/database'
import { openTestGateway, wholeAnswer } from '../../support/gateway'
import { addModel, addWorker, base, clear, deploy, deployInput, serve } from '../../support/serving-fixture'
import { startStubEngine, type StubEngine } from '../../support/stub-engine'

let database: TestDatabase
let db: TestDatabase['db']
let project: string
let signals: Signals
let gateway: Gateway
let steady: StubEngine
let fresh: StubEngine

beforeAll(async () => {
  database = await withDatabase()
  db = database.db
  project = database.project
  signals = listenForSignals(database.url, (error) => {
    throw error
  })
}, 60_000)
afterAll(async () => {
  await signals.close()
  await database.close()
})
/** `writer` and `writer-next` serve, each by an engine of its own. */
beforeEach(async () => {
  await clear(db)
  steady = await startStubEngine('steady')
  fresh = await startStubEngine('fresh')
  await deploy(db, project, deployInput('writer', base))
  await deploy(db, project, deployInput('writer-next', await addModel(db, project)))
  await serve(db, await addWorker(db, 'one'), steady)
  const next = await findDeployment(db, project, 'writer-next')
  await db
    .updateTable('app.replica')
    .set({ address: `127.0.0.1:${fresh.port}` })
    .where('deployment_id', '=', next.id)
    .execute()
  gateway = openTestGateway(db, signals)
})
afterEach(async () => {
  await gateway.close()
  await steady.close()
  await fresh.close()
})

const chat = (model: string, more: Partial<ChatRequest> = {}, jobId: string | null = null): Promise<ChatReply> =>
  gateway.chat({
    projectId: project,
    body: { model, messages: [{ role: 'user', content: 'Hello' }], ...more },
    forJob: jobId === null ? null : { jobId },
    signal: new AbortController().signal,
  })
const texts = async (...calls: Promise<ChatReply>[]): Promise<string[]> =>
  (await Promise.all(calls.map(wholeAnswer))).map(({ choices }) => choices[0]?.message.content ?? '')
const share = (deployment: string, weight: number) =>
  db
    .transaction()
    .execute((tx) =>
      setCanary(tx, { projectId: project, of: 'writer', canary: { deployment, weight }, actor: 'key_test' }),
    )
/** Shares, and opens a gateway that has seen it. */
const startSharing = async (weight: number): Promise<void> => {
  await share('writer-next', weight)
  await gateway.close()
  gateway = openTestGateway(db, signals)
  await chat('writer')
}

test('a canary answers its share of the calls, under the name that was called', async () => {
  await startSharing(0.3)
  const answers = await texts(...Array.from({ length: 200 }, () => chat('writer')))
  const taken = answers.filter((answer) => answer === 'fresh').length
  // 200 draws at 0.3: further from 60 than this once in a million runs
  expect(taken).toBeGreaterThan(28)
  expect(taken).toBeLessThan(95)
  expect((await wholeAnswer(chat('writer'))).model).toBe('writer')
  expect(await texts(chat('writer-next'))).toEqual(['fresh'])
  expect(await getDeployment(db, project, 'writer')).toMatchObject({
    canary: { deployment: 'writer-next', weight: 0.3 },
  })
})

test('a canary gets all calls of one user or none of them', async () => {
  await startSharing(0.5)
  const users = Array.from({ length: 20 }, (_, n) => `user-${n}`)
  const ask = () => texts(...users.map((user) => chat('writer', { user })))
  const first = await ask()
  expect(new Set(first)).toEqual(new Set(['steady', 'fresh']))
  expect(await ask()).toEqual(first)
})

test('a canary that does not answer, or is not there, costs nobody an answer; jobs mean what they name', async () => {
  await startSharing(1)
  expect(await texts(chat('writer'))).toEqual(['fresh'])
  expect(await texts(chat('writer', {}, 'job_1'))).toEqual(['steady'])
  fresh.answer = (_request, res) => res.destroy()
  expect(await texts(chat('writer'))).toEqual(['steady'])
  await fresh.close()
  expect(await texts(chat('writer'))).toEqual(['steady'])
  await db
    .transaction()
    .execute((tx) => setCanary(tx, { projectId: project, of: 'writer', canary: null, actor: 'key_test' }))
  expect((await getDeployment(db, project, 'writer')).canary).toBeNull()
  expect(await db.selectFrom('app.audit').select('action').orderBy('id').execute()).toEqual([
    { action: 'deployment.canary_set' },
    { action: 'deployment.canary_ended' },
  ])
})

test.each([
  ['writer', 'is this deployment itself'],
  ['on-demand', 'There is no deployment'],
])('a canary cannot be %s', async (other, problem) => {
  await expect(share(other, 0.1)).rejects.toThrow(problem)
})
