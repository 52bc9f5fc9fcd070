import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Job } from '../../../../contract/jobs'
import { paths } from '../../../paths'
import { JobBadge } from '../../../ui/badge'
import { ProgressCell } from '../../jobs/progress'
import { Part } from '../part'
import { columnsNamedIn } from './columns'
import { ReadAgain } from './read-again'
import { readOf } from './read-of'

/** The reading while it goes on; and when it failed, why, with the form to say what the columns mean. */
export const ReadingPart = ({ job, onStarted }: { job: Job; onStarted: (jobId: string) => void }) => {
  const { t } = useTranslation()
  const { error } = job
  const columns = columnsNamedIn(error?.message ?? '')
  const isUnknown = error?.code === 'ingest_failed' && columns.length > 0
  return (
    <Part number={2} title={t('newRun.understood.title')} waitsFor="">
      <div className="row" role="status">
        <JobBadge status={job.status} />
        <Link to={paths.job(job.id)}>{t('newRun.understood.job')}</Link>
        {error === null && <ProgressCell job={job} />}
      </div>
      {job.status === 'queued' && <p className="muted">{t('newRun.understood.waits')}</p>}
      {error !== null && (
        <div className="note bad" role="alert">
          <p>
            <strong>{isUnknown ? t('newRun.understood.unknown') : error.message}</strong>
          </p>
          <p>{isUnknown ? t('newRun.understood.unknownHint') : error.hint}</p>
        </div>
      )}
      {(job.status === 'failed' || job.status === 'cancelled') && (
        <ReadAgain
          key={job.id}
          read={readOf(job)}
          report={null}
          columns={columns}
          {...(isUnknown ? { starts: { use: 'mapping' } } : {})}
          onStarted={onStarted}
        />
      )}
    </Part>
  )
}
