import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { read } from '../../api/query'
import { Empty, Loaded } from '../../ui/states'
import { newRunPath } from './address'
import { ChosenPart } from './data/chosen-part'
import { LockedParts } from './locked-parts'
import { readOf } from './understood/read-of'
import { ReadingPart } from './understood/reading-part'

const ended = ['succeeded', 'failed', 'cancelled']

/** The page while data are read: it goes on to the version when that is there. */
export const FromJob = ({ id, onStarted }: { id: string; onStarted: (jobId: string) => void }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const query = useQuery({
    ...read('getJob', { params: { id } }),
    refetchInterval: ({ state }) => (state.data && ended.includes(state.data.status) ? false : 1000),
  })
  const made = query.data?.kind === 'ingest' && query.data.status === 'succeeded' ? query.data.result : null
  const dataset = typeof made?.['dataset_version_id'] === 'string' ? made['dataset_version_id'] : null
  const of = typeof made?.['dataset_id'] === 'string' ? made['dataset_id'] : null
  useEffect(() => {
    // in place of the job: going back leads to the choice of the data
    if (dataset !== null) void navigate(newRunPath({ dataset, of }), { replace: true })
  }, [dataset, of, navigate])
  return (
    <Loaded query={query}>
      {(job) =>
        job.kind === 'ingest' ? (
          <>
            <ChosenPart dataset={{ id: null, name: readOf(job).name }} version={null} from={[]} />
            <ReadingPart job={job} onStarted={onStarted} />
            <LockedParts from={3} />
          </>
        ) : (
          <Empty title={t('newRun.noIngest')} />
        )
      }
    </Loaded>
  )
}
