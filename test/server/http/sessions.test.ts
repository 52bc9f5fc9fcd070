import { routes } from '../../../server/contract/routes'
import { createClient } from '../../../server/client/client'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())

/** What a browser does: it sends its origin with every change, and keeps the cookie. */
const browser = (origin = server.url) => {
  let cookie = ''
  return {
    cookie: () => cookie,
    async send(
      method: string,
      path: string,
      body?: unknown,
    ): Promise<{ status: number; body: Record<string, unknown> }> {
      const response = await fetch(server.url + path, {
        method,
        headers: {
          origin,
          ...(cookie === '' ? {} : { cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const [set] = response.headers.getSetCookie()
      if (set !== undefined) cookie = set
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    },
  }
}
const tokenOf = (url: string): string => new URL(url).hash.slice(1)
const newLink = async () => await server.clients.admin.call(routes.createSignInLink, { body: {} })
const signedIn = async () => {
  const person = browser()
  await person.send('POST', '/v1/session', { token: tokenOf((await newLink()).url) })
  return person
}
const codeOf = ({ body }: { body: Record<string, unknown> }) => (body['error'] as { code: string } | undefined)?.code

test('a link signs in one browser, once, with the rights of the key that made it', async () => {
  const link = await newLink()
  const [first, second] = [browser(), browser()]
  const got = await first.send('POST', '/v1/session', { token: tokenOf(link.url) })
  const again = await second.send('POST', '/v1/session', { token: tokenOf(link.url) })

  expect(link.url).toMatch(new RegExp(`^${server.url}/sign-in#fl_`))
  expect(got).toMatchObject({ status: 201, body: { object: 'session', project: { id: 'proj_default' } } })
  expect(first.cookie()).toMatch(/^forge_session_\d+=fs_[^;]+; .*HttpOnly.*SameSite=Lax/)
  expect([again.status, codeOf(again)]).toEqual([401, 'sign_in_link_invalid'])
  expect((await first.send('GET', '/v1/jobs')).status).toBe(200)
  expect(codeOf(await second.send('GET', '/v1/jobs'))).toBe('not_authenticated')
})

test('a link that has run out signs nobody in', async () => {
  const link = await newLink()
  await server.db
    .updateTable('app.sign_in_link')
    .set({ expires_at: new Date(0) })
    .execute()
  expect(codeOf(await browser().send('POST', '/v1/session', { token: tokenOf(link.url) }))).toBe('sign_in_link_invalid')
})

test('a key signs in with its scopes; a wrong one does not', async () => {
  const person = browser()
  const wrong = await person.send('POST', '/v1/session', { api_key: 'fk_wrong' })
  const { key } = await server.clients.admin.call(routes.createApiKey, { body: { name: 'reader', scopes: ['read'] } })
  const right = await person.send('POST', '/v1/session', { api_key: key })

  expect([wrong.status, codeOf(wrong)]).toEqual([401, 'not_authenticated'])
  expect(right.body).toMatchObject({ api_key: { name: 'reader', scopes: ['read'] } })
  expect((await person.send('GET', '/v1/session')).body).toMatchObject({ api_key: { name: 'reader' } })
  expect(codeOf(await person.send('GET', '/v1/api_keys'))).toBe('missing_scope')
})

test("a page of another origin cannot act in a signed-in person's name", async () => {
  const person = await signedIn()
  const bodies = { headers: { cookie: person.cookie(), 'content-type': 'application/json' }, body: '{}' }
  const foreign = await fetch(`${server.url}/v1/jobs`, {
    method: 'POST',
    ...bodies,
    headers: { ...bodies.headers, origin: 'http://evil.example' },
  })
  const silent = await fetch(`${server.url}/v1/jobs`, { method: 'POST', ...bodies })
  const own = await person.send('POST', '/v1/jobs', { kind: 'sleep', input: { seconds: 0 } })

  for (const response of [foreign, silent])
    expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
      403,
      'origin_not_allowed',
    ])
  expect(own.status).toBe(201)
})

test('signing out ends the session; so does revoking its key, within the five seconds that a caller is remembered', async () => {
  const person = await signedIn()
  const stolen = person.cookie()
  await person.send('DELETE', '/v1/session')
  const after = await fetch(`${server.url}/v1/session`, { headers: { cookie: stolen } })
  expect(after.status).toBe(401)
  expect(codeOf(await person.send('GET', '/v1/session'))).toBe('not_authenticated')

  const made = await server.clients.admin.call(routes.createApiKey, { body: { name: 'gone', scopes: ['read'] } })
  const other = browser()
  await other.send('POST', '/v1/session', { api_key: made.key })
  await server.clients.admin.call(routes.deleteApiKey, { params: { id: made.id } })
  expect(codeOf(await other.send('GET', '/v1/session'))).toBe('not_authenticated')
})

test('a session goes on over a restart of the server', async () => {
  const person = await signedIn()
  await server.restart()
  expect((await person.send('GET', '/v1/session')).status).toBe(200)
})

test('a key without rights to read makes no link', async () => {
  const { key } = await server.clients.admin.call(routes.createApiKey, { body: { name: 'g', scopes: ['generate'] } })
  const client = createClient({ baseUrl: server.url, apiKey: key })
  await expect(client.call(routes.createSignInLink, { body: {} })).rejects.toMatchObject({ code: 'missing_scope' })
})
