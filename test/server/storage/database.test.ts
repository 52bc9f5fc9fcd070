import { sql } from 'kysely'
import { withDatabase, type TestDatabase } from '../../support/database'

let database: TestDatabase

beforeAll(async () => {
  database = await withDatabase()
}, 60_000)
afterAll(() => database.close())

test('a connection that is lost in the middle of a transaction fails the transaction, not the process', async () => {
  const { db } = database
  const lost = db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
    // idle in its transaction: no query is there to take the error
    await sql`select pg_terminate_backend(${rows[0]?.pid}, 5000)`.execute(db)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await sql`select 1`.execute(tx)
  })

  await expect(lost).rejects.toThrow()

  expect((await sql`select 1`.execute(db)).rows).toHaveLength(1)
})
