import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import type { LeasedConnectionOf } from '../../contract/connections'
import { ForgeError } from '../../contract/errors'
import { s3Options } from '../../outgoing/s3'
import type { FetchedSource } from '../../steps/handler'
import type { FetchContext } from './fetch-context'
import { isPassingStatus, patiently } from './patiently'
import { saveStream } from './save-stream'

const stall_ms = 60_000

/** Fetches an object, `s3://bucket/key`, to disk. */
export const fetchS3 = async (
  { uri }: { uri: string },
  connection: LeasedConnectionOf<'s3'>,
  { allow, limitBytes, path, signal, firstPause_ms }: FetchContext,
): Promise<FetchedSource> => {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []
  // one try each: the pauses between tries are ours
  const client = new S3Client({ ...s3Options(connection, allow), maxAttempts: 1 })
  const get = async (): Promise<{ bytes: number; sha256: string }> => {
    try {
      const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
        abortSignal: signal,
      })
      if (!(Body instanceof Readable)) throw new Error('the answer has no body')
      return await saveStream(Body, { path, limitBytes, announcedBytes: ContentLength ?? null, stall_ms, signal })
    } catch (error) {
      const status = error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0
      if (status < 300 || isPassingStatus(status)) throw error
      throw new ForgeError(
        'source_refused',
        { detail: `The store does not give ${uri}: ${(error as Error).name} (status ${status}).` },
        { cause: error },
      )
    }
  }
  try {
    const saved = await patiently(uri, get, { signal, firstPause_ms })
    return { path, filename: key.split('/').at(-1) ?? key, location: uri, ...saved }
  } finally {
    client.destroy()
  }
}
