import { basename } from 'node:path'
import type { ForgeClient } from '../client/client'
import { ForgeError } from '../contract/errors'
import type { Artifact } from '../contract/models'
import { routes } from '../contract/routes'
import type { Lease } from '../contract/workers'
import type { JobCheckpoints, Task } from '../steps/handler'
import { detectLanguage, loadLanguages } from '../steps/ingest/language'
import type { BaseModels } from './base-models'
import type { BlobCache } from './blob-cache'
import type { Callers } from './callers'
import { createChat } from './chat'
import type { Reporter } from './reporter'
import { whileAway } from './retry'
import type { FetchSource } from './sources/fetch-source'
import type { TrainingPort } from './training'
import { uploadArtifact } from './upload'

export interface TaskOptions {
  client: ForgeClient
  lease: Lease
  signal: AbortSignal
  pauseSignal: AbortSignal
  folder: string
  checkpoints: JobCheckpoints
  blobs: BlobCache
  baseModels: BaseModels
  reporter: Reporter
  training: TrainingPort
  callers: Callers
  fetchSource: FetchSource
}

/** Everything that a handler may use, bound to one lease and its signal. */
export const createTask = ({
  client,
  lease,
  signal,
  pauseSignal,
  folder,
  checkpoints,
  blobs,
  baseModels,
  reporter,
  training,
  callers,
  fetchSource,
}: TaskOptions): Task => {
  const params = { id: lease.id }
  const hub = Object.values(lease.connections).find((connection) => connection.type === 'huggingface')
  const upload = (path: string, name: string) => uploadArtifact({ client, leaseId: lease.id, path, name, signal })
  return {
    lease,
    signal,
    pauseSignal,
    folder,
    checkpoints: { dir: checkpoints.dir, newest: checkpoints.newest },
    training,
    blobs: {
      has: (name) => lease.blobs.some((blob) => blob.name === name),
      open: async (name) => {
        const blob = lease.blobs.find((candidate) => candidate.name === name)
        if (blob === undefined) throw new ForgeError('input_erased', { what: name })
        return { path: await blobs.path(blob.sha256, signal), filename: blob.filename }
      },
      fetch: async ({ sha256 }) => await blobs.path(sha256, signal),
      upload,
    },
    fetchSource: (source) => fetchSource(source, { connections: lease.connections, folder, signal }),
    baseModels: { resolve: (name) => baseModels.resolve(name, signal, hub?.secrets.token) },
    report: {
      progress: ({ step, total, unit, eta_seconds, metrics = {} }) =>
        reporter.progress({ step, total, unit, eta_seconds, metrics }),
      log: (line) => reporter.logLine(line),
      localCheckpoint: (step) => reporter.localCheckpoint(step),
      checkpoint: async (step, files, metrics) => {
        const artifacts: Artifact[] = []
        for (const file of files) artifacts.push(await upload(file, basename(file)))
        await whileAway(
          () => client.call(routes.reportCheckpoint, { params, body: { step, artifacts, metrics } }, { signal }),
          signal,
        )
      },
    },
    chat: createChat({ client, leaseId: lease.id, signal, callers }),
    rollOut: {
      start: () => whileAway(() => client.call(routes.startRollOut, { params }, { signal }), signal),
      state: () => whileAway(() => client.call(routes.getRollOut, { params }, { signal }), signal),
    },
    detectLanguage: async (text) => {
      await loadLanguages()
      return detectLanguage(text).language
    },
  }
}
