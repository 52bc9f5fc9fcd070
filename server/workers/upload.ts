import { open } from 'node:fs/promises'
import { ApiError, type ForgeClient } from '../client/client'
import type { Artifact } from '../contract/models'
import { routes } from '../contract/routes'
import { whileAway } from './retry'
import { sha256File } from './sha256-file'

/** 16 MB: RULES 13. */
const partSize_bytes = 16 * 1024 * 1024
const partTimeout_ms = 120_000
/** A damaged upload starts again from its first byte this often. */
const tries = 3

export interface UploadRequest {
  client: ForgeClient
  leaseId: string
  path: string
  /** What the artifact is called. */
  name: string
  signal: AbortSignal
  /** Default 16 MB. */
  partBytes?: number
}

/**
 * Uploads a file under its hash, in parts from where an earlier try stopped; bytes that the server has are not sent.
 * Waits while the server is away. Throws ApiError (`lease_lost`, `disk_full`, …) or the signal's reason.
 */
export const uploadArtifact = async ({
  client,
  leaseId,
  path,
  name,
  signal,
  partBytes = partSize_bytes,
}: UploadRequest): Promise<Artifact> => {
  const { sha256, bytes } = await sha256File(path)
  const params = { id: leaseId, sha256 }
  const ask = () => whileAway(() => client.call(routes.getUpload, { params }, { signal }), signal)

  let state = await ask()
  if (state.complete) return { name, sha256, bytes }
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(Math.min(partBytes, bytes))
    for (let failures = 0; !state.complete; ) {
      const offset = state.received_bytes
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
      if (bytesRead === 0 && offset < bytes)
        throw new Error(`${name} became shorter while it was uploaded: it ends at byte ${offset} of ${bytes}.`)
      try {
        state = await client.call(
          routes.putArtifact,
          { params, query: { offset, total: bytes }, body: buffer.subarray(0, bytesRead) },
          { signal, timeoutMs: partTimeout_ms },
        )
        if (!state.complete && state.received_bytes <= offset)
          throw new Error(`The server takes no more of ${name} at byte ${offset} of ${bytes}.`)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof ApiError)) throw error
        const mayGoOn =
          error.code === 'unreachable' || error.code === 'upload_part_out_of_order' || error.code === 'internal_error'
        failures += error.code === 'unreachable' ? 0 : 1
        if (failures >= tries || !(mayGoOn || error.code === 'hash_mismatch')) throw error
        // whether the part arrived is for the server to say
        state = await ask()
      }
    }
    return { name, sha256, bytes }
  } finally {
    await file.close()
  }
}
