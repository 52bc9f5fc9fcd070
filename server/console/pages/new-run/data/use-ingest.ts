import { useMutation } from '@tanstack/react-query'
import { call } from '../../../api/client'
import { refresh } from '../../../api/query'
import { firstOptions } from '../understood/reading'
import type { Options, Source } from './sources'

/** What shall become a dataset version: a file that is still here, or a source that Forge reaches by itself. */
export interface Ingest {
  name: string
  from: { file: File } | { source: Source }
  options?: Options
}

const upload = async (file: File): Promise<Source> => {
  const body = new FormData()
  // the server reads the form in its order
  body.append('purpose', 'dataset')
  body.append('file', file)
  const { id } = await call('createFile', { body })
  return { type: 'files', file_ids: [id] }
}

/** Uploads where that is needed, starts the ingest job, and hands its id on. */
export const useIngest = (onStarted: (jobId: string) => void) =>
  useMutation({
    mutationFn: async ({ name, from, options = firstOptions }: Ingest) => {
      const source = 'file' in from ? await upload(from.file) : from.source
      return await call('createDataset', { body: { name, source, options } })
    },
    onSuccess: async ({ id }) => {
      onStarted(id)
      await refresh('listJobs')
    },
  })
