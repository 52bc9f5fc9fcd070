import { useEffect, useState } from 'react'
import type { EventType } from '../../contract/events'
import type { JobEvent } from '../../contract/jobs'
import { urlOf, type RouteName } from './client'
import { jobStatuses } from './enums'
import { refresh } from './query'

/** What an event makes stale. */
const touches: Record<string, RouteName[]> = {
  job: ['listJobs', 'getJob', 'getUsage', 'listRecipes'],
  dataset: ['listDatasets', 'getDataset', 'listDatasetVersions'],
  model: ['listModels', 'getModel'],
  evaluation: ['listEvaluations', 'getEvaluation', 'listModels', 'getModel'],
  deployment: ['listDeployments', 'getDeployment', 'listModels'],
  approval: ['listApprovals', 'getApproval', 'listJobs'],
}
const types: EventType[] = [
  'job.succeeded',
  'job.failed',
  'job.cancelled',
  'dataset.version_created',
  'model.created',
  'evaluation.completed',
  'deployment.ready',
  'deployment.failed',
  'approval.requested',
  'approval.approved',
  'approval.rejected',
  'approval.expired',
]

export type Connection = 'connecting' | 'open' | 'lost'

/**
 * Follows the project's events and reads again what they make stale. The browser connects again by itself and says which
 * event it had last, so that none is missed.
 */
export const useProjectEvents = (): Connection => {
  const [connection, setConnection] = useState<Connection>('connecting')
  useEffect(() => {
    const source = new EventSource(urlOf('streamEvents', {}))
    source.onopen = () => {
      // what was on show while the server was away may be old
      void refresh(...new Set(Object.values(touches).flat()))
      setConnection('open')
    }
    source.onerror = () => setConnection('lost')
    for (const type of types)
      source.addEventListener(type, () => void refresh(...(touches[type.split('.')[0] ?? ''] ?? [])))
    return () => source.close()
  }, [])
  return connection
}

const jobEventNames = [...jobStatuses.map((status) => `job.${status}`), 'job.progress', 'job.checkpoint']

/** One list for ever, so that what depends on it is not drawn again. */
const nothing: JobEvent[] = []

/** Every event of a job from its first, in order, as they come. */
export const useJobEvents = (jobId: string): JobEvent[] => {
  const [told, setTold] = useState<{ jobId: string; events: JobEvent[] }>({ jobId, events: [] })
  useEffect(() => {
    let waiting: JobEvent[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const source = new EventSource(urlOf('streamJobEvents', { params: { id: jobId } }))
    const take = (message: MessageEvent<string>): void => {
      waiting.push(JSON.parse(message.data) as JobEvent)
      // a whole history comes as a burst: one drawing for many
      timer ??= setTimeout(() => {
        const come = waiting
        waiting = []
        timer = undefined
        setTold((before) => ({ jobId, events: append(before.jobId === jobId ? before.events : [], come) }))
      }, 100)
    }
    for (const name of jobEventNames) source.addEventListener(name, take)
    return () => {
      source.close()
      clearTimeout(timer)
    }
  }, [jobId])
  return told.jobId === jobId ? told.events : nothing
}

/** After a reconnection the server may tell an event once more. */
const append = (before: JobEvent[], come: JobEvent[]): JobEvent[] => {
  const last = before.at(-1)?.seq ?? 0
  return [...before, ...come.filter(({ seq }) => seq > last)]
}
