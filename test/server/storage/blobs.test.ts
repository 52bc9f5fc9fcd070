import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderBlobs, type BlobStore, type StoredBlob } from '../../../server/storage/blobs'

let root: string
let blobs: BlobStore
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'forge-blobs-'))
  blobs = folderBlobs(root)
})
afterEach(() => rm(root, { recursive: true, force: true }))

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const parts = async function* (...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text))
}
const broken = async function* (): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('half'))
  throw new Error('connection lost')
}
const put = async (content: AsyncIterable<Uint8Array>, options?: { limitBytes: number }): Promise<StoredBlob> => {
  const { sha256, bytes, publish } = await blobs.stage(content, options)
  await publish()
  return { sha256, bytes }
}
const leftovers = async (): Promise<string[]> => (await readdir(join(root, 'uploads'))).sort()

test('bytes are found under their hash, byte for byte', async () => {
  expect(await put(parts('a\u0000ü', 'b'))).toEqual({ sha256: hashOf('a\u0000üb'), bytes: 5 })
  expect(await blobs.text(hashOf('a\u0000üb'))).toBe('a\u0000üb')
  expect(await blobs.size(hashOf('a\u0000üb'))).toBe(5)
  expect(await leftovers()).toEqual([])
})

test('the same bytes twice are one blob', async () => {
  expect(await put(parts('same'))).toEqual(await put(parts('sa', 'me')))
})

test('an upload over the limit leaves nothing', async () => {
  await expect(put(parts('1234', '5678'), { limitBytes: 5 })).rejects.toMatchObject({ code: 'file_too_large' })
  expect(await leftovers()).toEqual([])
})

test('an upload that breaks off leaves nothing', async () => {
  await expect(put(broken())).rejects.toThrow('connection lost')
  expect(await leftovers()).toEqual([])
})

test('parts are put together and published when the last one has arrived', async () => {
  const sha256 = hashOf('one two')
  expect(await blobs.putPart('up', sha256, parts('one '), { offset: 0, total: 7 })).toEqual({
    received_bytes: 4,
    complete: false,
  })
  expect(await blobs.size(sha256)).toBeNull()
  expect(await blobs.received('up', sha256)).toEqual({ received_bytes: 4, complete: false })
  expect(await blobs.putPart('up', sha256, parts('two'), { offset: 4, total: 7 })).toEqual({
    received_bytes: 7,
    complete: true,
  })
  expect(await blobs.text(sha256)).toBe('one two')
  expect(await blobs.putPart('up', sha256, parts('two'), { offset: 4, total: 7 })).toEqual({
    received_bytes: 7,
    complete: true,
  })
})

test('a part that broke off goes on where it stopped; one at another offset is refused', async () => {
  const sha256 = hashOf('half and half')
  await expect(blobs.putPart('up', sha256, broken(), { offset: 0, total: 13 })).rejects.toThrow('connection lost')
  await expect(blobs.putPart('up', sha256, parts('half'), { offset: 0, total: 13 })).rejects.toMatchObject({
    code: 'upload_part_out_of_order',
    message: 'The upload continues at byte 4, not at 0.',
  })
  expect(await blobs.putPart('up', sha256, parts(' and half'), { offset: 4, total: 13 })).toMatchObject({
    complete: true,
  })
})

test('bytes that hash to something else are never published', async () => {
  const sha256 = hashOf('what was meant')
  await expect(blobs.putPart('up', sha256, parts('damaged'), { offset: 0, total: 7 })).rejects.toMatchObject({
    code: 'hash_mismatch',
  })
  expect(await blobs.size(sha256)).toBeNull()
  expect(await blobs.received('up', sha256)).toEqual({ received_bytes: 0, complete: false })
})

test('an artifact without bytes is one too', async () => {
  const sha256 = hashOf('')
  expect(await blobs.putPart('up', sha256, parts(), { offset: 0, total: 0 })).toEqual({
    received_bytes: 0,
    complete: true,
  })
  expect(await blobs.size(sha256)).toBe(0)
})

test('a blob that is not there is named', async () => {
  const sha256 = hashOf('nowhere')
  await expect(blobs.read(sha256)).rejects.toMatchObject({ code: 'blob_not_found' })
  await expect(blobs.text(sha256)).rejects.toMatchObject({ code: 'blob_not_found' })
})

test('staged bytes are not there before they are published, and are gone once discarded', async () => {
  const staged = await blobs.stage(parts('staged'))
  expect(await blobs.size(staged.sha256)).toBeNull()
  await staged.discard()
  expect(await leftovers()).toEqual([])
})

test('the hashes of published bytes are listed', async () => {
  const { sha256 } = await put(parts('listed'))
  await blobs.stage(parts('not yet'))
  const listed: string[] = []
  for await (const some of blobs.list()) listed.push(...some)
  expect(listed).toEqual([sha256])
})
