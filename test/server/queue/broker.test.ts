import { openBroker, type JobBroker, type TakenTicket } from '../../../server/queue/broker'
import { withDatabase, type TestDatabase } from '../../support/database'
import { unique } from '../../support/unique'

/** What Forge relies on in BullMQ; run against the pinned version. */
let database: TestDatabase
let broker: JobBroker
const errors: Error[] = []
beforeAll(async () => {
  database = await withDatabase()
  broker = openBroker(database.url, (error) => errors.push(error))
}, 60_000)
afterAll(async () => {
  await broker.close()
  await database.close()
  expect(errors).toEqual([])
})
afterEach(async () => {
  await drain()
})

const add = (jobId: string, priority = 5, dispatchNo = 1): Promise<void> =>
  broker.add('cpu', { jobId, dispatchNo }, { priority })
const drain = async (): Promise<string[]> => {
  const taken: string[] = []
  for (let ticket = await broker.take('cpu'); ticket; ticket = await broker.take('cpu')) {
    taken.push(ticket.jobId)
    await ticket.done()
  }
  return taken
}

test('a ticket comes back with its job and dispatch number', async () => {
  const id = unique('job')
  await add(id, 5, 12)
  const ticket = await broker.take('cpu')
  expect(ticket).toMatchObject({ jobId: id, dispatchNo: 12 })
  await ticket?.done()
})

test('a ticket that is known is not added again, also when it is taken or done', async () => {
  const id = unique('job')
  await add(id)
  await add(id)
  expect(await broker.waiting('cpu')).toBe(1)
  const ticket = await broker.take('cpu')
  await add(id)
  expect(await broker.waiting('cpu')).toBe(0)
  await ticket?.done()
  await add(id)
  expect(await broker.take('cpu')).toBeNull()
})

test('a new dispatch number is a new ticket', async () => {
  const id = unique('job')
  await add(id, 5, 1)
  await drain()
  await add(id, 5, 2)
  expect(await drain()).toEqual([id])
})

test('tickets are taken by priority, then in the order they came', async () => {
  const ids = [unique('a'), unique('b'), unique('c'), unique('d')] as const
  await add(ids[0], 5)
  await add(ids[1], 9)
  await add(ids[2], 1)
  await add(ids[3], 5)
  expect(await drain()).toEqual([ids[2], ids[0], ids[3], ids[1]])
})

test('classes do not mix', async () => {
  const id = unique('job')
  await add(id)
  expect(await broker.take('light')).toBeNull()
  expect(await drain()).toEqual([id])
})

test('has tells of a ticket that waits or is taken, not of one that is done or unknown', async () => {
  const ticket = { jobId: unique('job'), dispatchNo: 1 }
  expect(await broker.has('cpu', ticket)).toBe(false)
  await broker.add('cpu', ticket, { priority: 5 })
  expect(await broker.has('cpu', ticket)).toBe(true)
  const taken = await broker.take('cpu')
  expect(await broker.has('cpu', ticket)).toBe(true)
  await taken?.done()
  expect(await broker.has('cpu', ticket)).toBe(false)
})

test('two takers never get the same ticket', async () => {
  const ids = Array.from({ length: 10 }, () => unique('job'))
  for (const id of ids) await add(id)
  const other = openBroker(database.url, (error) => errors.push(error))
  const taken = (
    await Promise.all(Array.from({ length: 14 }, (_, index) => (index % 2 ? other : broker).take('cpu')))
  ).filter((ticket): ticket is TakenTicket => ticket !== null)
  expect(taken.map(({ jobId }) => jobId).sort()).toEqual([...ids].sort())
  await Promise.all(taken.map((ticket) => ticket.done()))
  await other.close()
})

test('a ticket whose taker died comes back after the lock time, and once done it does not', async () => {
  const id = unique('job')
  const dying = openBroker(database.url, (error) => errors.push(error), { lockMs: 300 })
  await dying.add('light', { jobId: id, dispatchNo: 1 }, { priority: 5 })
  expect(await dying.take('light')).toMatchObject({ jobId: id })
  await dying.close()

  const next = openBroker(database.url, (error) => errors.push(error), { lockMs: 300 })
  let again = await next.take('light')
  // BullMQ looks for stalled tickets on its own clock and says so to nobody
  for (let turn = 0; turn < 100 && !again; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    again = await next.take('light')
  }
  expect(again).toMatchObject({ jobId: id, dispatchNo: 1 })
  await again?.done()
  expect(await next.take('light')).toBeNull()
  await next.close()
})
