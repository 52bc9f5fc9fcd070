import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { jobWith } from './job'
import { runForge } from '../../support/shell'

type Answer = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void
let answer: Answer
let server: Server
let url: string

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(request, Buffer.concat(chunks), response))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(
  () =>
    new Promise((done) => {
      server.closeAllConnections()
      server.close(done)
    }),
)

const json = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
const forge = (args: string[], apiKey: string | null = 'key_1') => runForge({ url, apiKey }, args)

test('a list is a table, and JSON with --json', async () => {
  answer = (_request, _body, response) =>
    json(response, { object: 'list', data: [jobWith({ status: 'succeeded' })], has_more: true })
  const table = (await forge(['jobs', 'list', '--status', 'succeeded'])).out
  expect(table).toContain('job_1  fine-tune  succeeded')
  expect(table).toContain('More with --after job_1')
  expect(JSON.parse((await forge(['jobs', 'list', '--json'])).out)).toMatchObject({ has_more: true })
})

test('an error of the server is shown with its remedy and its request id, and the exit code is 1', async () => {
  answer = (_request, _body, response) =>
    json(
      response,
      {
        error: {
          code: 'job_not_found',
          message: 'There is no job "x".',
          param: null,
          type: 'invalid_request_error',
          hint: 'List jobs.',
          request_id: 'req_7',
        },
      },
      404,
    )
  expect(await forge(['jobs', 'get', 'x'])).toEqual({
    out: '',
    err: 'There is no job "x".\nList jobs.\nrequest id: req_7\n',
    exitCode: 1,
  })
})

test('without a key nothing is sent', async () => {
  answer = () => {
    throw new Error('called')
  }
  const { err, exitCode } = await forge(['jobs', 'list'], null)
  expect(err).toContain('FORGE_API_KEY')
  expect(exitCode).toBe(1)
})

test('a value that is not known is named with those that are', async () => {
  answer = () => {
    throw new Error('called')
  }
  const { err } = await forge(['jobs', 'list', '--status', 'done'])
  expect(err).toContain('--status "done" is not known')
  expect(err).toContain('succeeded')
})

test('a file is uploaded as it is', async () => {
  let got = { path: '', bytes: 0 }
  answer = (request, body, response) => {
    got = { path: request.url ?? '', bytes: body.length }
    json(response, {
      id: 'file_1',
      object: 'file',
      bytes: body.length,
      created_at: 0,
      filename: 'x',
      purpose: 'dataset',
      status: 'processed',
      sha256: '',
    })
  }
  const path = join(__dirname, '..', '..', '..', 'examples', 'ecommerce-content', 'new-products.csv')
  expect((await forge(['files', 'upload', path])).out).toContain('file_1  dataset')
  expect(got.path).toBe('/v1/files/content?purpose=dataset&filename=new-products.csv')
  expect(got.bytes).toBeGreaterThan(5000)
})

test('a chat answer is written as it comes', async () => {
  answer = (_request, _body, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const content of ['Made to ', 'be kept.'])
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
    response.end('data: [DONE]\n\n')
  }
  expect((await forge(['chat', 'shop-writer', 'Write.'])).out).toBe('Made to be kept.\n')
})

test('a job that fails gives the exit code 1', async () => {
  const error = { code: 'disk_full', message: 'There is no room left.', hint: 'Free some room.', retryable: true }
  answer = (_request, _body, response) => json(response, jobWith({ status: 'failed', error: error as never }))
  const { out, exitCode } = await forge(['jobs', 'follow', 'job_1'])
  expect(out).toContain('There is no room left.')
  expect(exitCode).toBe(1)
})

test('a sign-in link is shown alone on its line, so that a terminal makes it a link', async () => {
  const url = 'http://127.0.0.1:8470/sign-in#fl_secret'
  answer = (_request, _body, response) =>
    json(response, { object: 'sign_in_link', url, expires_at: '2026-12-01T12:15:00.000Z' }, 201)
  expect((await forge(['sign-in'])).out).toBe(`${url}\nSigns one browser in, once, until 2026-12-01T12:15:00.000Z.\n`)
})
