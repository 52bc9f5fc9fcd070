import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type ForgeClient } from '../../../server/client/client'
import { uploadArtifact } from '../../../server/workers/upload'

let server: Server
let client: ForgeClient
let folder: string
let received: Buffer
let parts: number[]
/** Answers instead of taking the next part; then the parts go on. */
let obstacle: () => { status: number; code: string } | 'drop' | null

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
const error = (code: string) => ({
  error: { code, message: code, param: null, type: 'server_error', hint: '', request_id: 'req_1' },
})

beforeEach(async () => {
  received = Buffer.alloc(0)
  parts = []
  obstacle = () => null
  folder = await mkdtemp(join(tmpdir(), 'forge-upload-'))
  server = createServer(
    (request, response) =>
      void (async () => {
        const url = new URL(request.url ?? '', 'http://localhost')
        const body = await read(request)
        const reply = (status: number, value: unknown) => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
        }
        const total = Number(url.searchParams.get('total'))
        if (request.method === 'GET') {
          reply(200, { received_bytes: received.length, complete: complete })
          return
        }
        const offset = Number(url.searchParams.get('offset'))
        if (offset !== received.length) {
          reply(409, error('upload_part_out_of_order'))
          return
        }
        const now = obstacle()
        if (now === 'drop') {
          received = Buffer.concat([received, body])
          return void request.socket.destroy()
        }
        if (now) {
          reply(now.status, error(now.code))
          return
        }
        parts.push(body.length)
        received = Buffer.concat([received, body])
        complete = received.length === total
        reply(200, { received_bytes: received.length, complete })
      })(),
  )
  complete = false
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'k' })
})
let complete: boolean

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const bytes = Buffer.from(Array.from({ length: 25 }, (_value, index) => index))
const upload = async (content: Buffer = bytes) => {
  const path = join(folder, 'a.bin')
  await writeFile(path, content)
  return await uploadArtifact({
    client,
    leaseId: 'job_1.1',
    path,
    name: 'a.bin',
    signal: new AbortController().signal,
    partBytes: 10,
  })
}

test('a file arrives whole, part by part', async () => {
  const artifact = await upload()
  expect(artifact).toEqual({ name: 'a.bin', bytes: 25, sha256: createHash('sha256').update(bytes).digest('hex') })
  expect(parts).toEqual([10, 10, 5])
  expect(received).toEqual(bytes)
})

test('bytes that the server has are not sent again', async () => {
  received = bytes.subarray(0, 20)
  await upload()
  expect(parts).toEqual([5])
  await upload()
  expect(parts).toEqual([5])
})

test('an empty file is one empty part', async () => {
  expect(await upload(Buffer.alloc(0))).toMatchObject({ bytes: 0 })
  expect(parts).toEqual([0])
})

test('a part whose answer was lost is not sent twice', async () => {
  const answers = ['drop' as const, null, null]
  obstacle = () => answers.shift() ?? null
  await upload()
  expect(received).toEqual(bytes)
  expect(parts).toEqual([10, 5])
})

test('a damaged upload starts again, and is given up after some tries', async () => {
  obstacle = () => {
    received = Buffer.alloc(0)
    return { status: 422, code: 'hash_mismatch' }
  }
  await expect(upload()).rejects.toMatchObject({ code: 'hash_mismatch' })
})

test('a lost lease ends the upload at once', async () => {
  obstacle = () => ({ status: 409, code: 'lease_lost' })
  await expect(upload()).rejects.toMatchObject({ code: 'lease_lost' })
})
