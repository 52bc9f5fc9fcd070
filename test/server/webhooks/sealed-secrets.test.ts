import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axios from 'axios'
import { Webhook } from 'standardwebhooks'
import { rotateKey, sealPlainSecrets } from '../../../server/connections/rotate-key'
import { secretBox } from '../../../server/connections/secret-box'
import { ensureSecretKeyFile, openSecretKeys, type SecretKeys } from '../../../server/connections/secret-keys'
import { saveEndpoint } from '../../../server/webhooks/endpoints'
import { sendToAddress, signedPost } from '../../../server/webhooks/post-signed'
import { withDatabase, type TestDatabase } from '../../support/database'
import { startReceiver, type Receiver } from '../../support/receiver'
import { unique } from '../../support/unique'

let database: TestDatabase
let receiver: Receiver
let folder: string
let keys: SecretKeys
beforeAll(async () => {
  database = await withDatabase()
  receiver = await startReceiver()
  folder = await mkdtemp(join(tmpdir(), 'forge-sealed-'))
  ensureSecretKeyFile(folder)
  keys = openSecretKeys({ dataDir: folder, given: undefined, previous: undefined })
}, 60_000)
afterAll(async () => {
  await receiver.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(async () => {
  await database.db.deleteFrom('app.webhook_endpoint').execute()
  await database.db.updateTable('app.project').set({ signing_secret: null }).execute()
})

const none = openSecretKeys({ dataDir: '/nowhere', given: undefined, previous: undefined })
const save = (with_: SecretKeys, url = receiver.url) =>
  saveEndpoint(database.db, secretBox(with_), database.project, { type: 'http', url, events: null, description: '' })
const stored = (id: string) =>
  database.db.selectFrom('app.webhook_endpoint').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const event = {
  id: 'evt_1',
  object: 'event' as const,
  type: 'job_group.ended' as const,
  created_at: '2026-01-01T00:00:00.000Z',
  data: {},
}
/** Sends to the endpoint as it is stored, and checks the signature with the secret that its maker was shown. */
const verify = async (with_: SecretKeys, id: string, secret: string): Promise<void> => {
  const before = receiver.received.length
  const endpoint = await stored(id)
  expect(await sendToAddress(axios.create(), secretBox(with_))({ id: 'evt_1', endpoint, event })).toMatchObject({
    status: 200,
  })
  const call = receiver.received[before]!
  expect(new Webhook(secret).verify(call.text, call.headers as Record<string, string>)).toMatchObject({ id: 'evt_1' })
}

test('the secret of an endpoint is shown, signs what is sent, and is not in the database in clear', async () => {
  const made = await save(keys)
  expect(made.secret).toMatch(/^whsec_/)
  expect((await stored(made.id)).secret).toMatch(/^v1\./)
  await verify(keys, made.id, made.secret)
  expect(await save(keys)).toMatchObject({ id: made.id, secret: made.secret })
})

test('a secret that was stored plain is read, and sealed when a server with a key starts', async () => {
  const made = await save(none)
  expect((await stored(made.id)).secret).toBe(made.secret)
  await verify(keys, made.id, made.secret)
  expect(await sealPlainSecrets(database.db, none)).toBe(0)
  expect(await sealPlainSecrets(database.db, keys)).toBe(1)
  expect((await stored(made.id)).secret).toMatch(/^v1\./)
  await verify(keys, made.id, made.secret)
})

test('callbacks of a project are signed with one secret, sealed as well', async () => {
  const post = signedPost(database.db, axios.create(), secretBox(keys))
  const send = () => post(database.project, { id: 'msg_1', url: receiver.url, body: { type: 'job_group.ended' } })
  const secretNow = async (): Promise<string> =>
    (
      await database.db
        .selectFrom('app.project')
        .selectAll()
        .where('id', '=', database.project)
        .executeTakeFirstOrThrow()
    ).signing_secret ?? ''
  expect(await send()).toMatchObject({ status: 200 })
  const sealed = await secretNow()
  const secret = secretBox(keys).open(sealed, database.project)
  expect([sealed.slice(0, 3), secret.slice(0, 6)]).toEqual(['v1.', 'whsec_'])
  await send()
  expect(await secretNow()).toBe(sealed)
  const call = receiver.received.at(-1)!
  expect(() => new Webhook(secret).verify(call.text, call.headers as Record<string, string>)).not.toThrow()
})

test('rotation seals signing secrets again, and forgets the old key only then', async () => {
  const made = await save(keys)
  const plain = await save(none, `${receiver.url}&${unique('other')}`)
  const before = keys.current().id
  expect(await rotateKey(database.db, keys)).toMatchObject({ connections: 0, signing_secrets: 2 })
  expect([keys.current().id === before, keys.find(before)]).toEqual([false, undefined])
  await verify(keys, made.id, made.secret)
  await verify(keys, plain.id, plain.secret)
})

test('a secret whose key is lost is an answer that says so, not an error of the server', async () => {
  const { id } = await save(keys)
  const answer = await sendToAddress(
    axios.create(),
    secretBox(none),
  )({ id: 'evt_1', endpoint: await stored(id), event })
  expect(answer).toEqual({
    status: null,
    text: expect.stringContaining(`The secrets of ${id} cannot be read`) as string,
  })
})
