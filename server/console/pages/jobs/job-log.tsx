import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Job } from '../../../contract/jobs'
import { read } from '../../api/query'
import { Card } from '../../ui/page'
import { Loaded } from '../../ui/states'

/** The last lines of the engine's log, by attempt. */
export const JobLog = ({ job: { id, ended_at, started_at } }: { job: Job }) => {
  const { t } = useTranslation()
  const query = useQuery({
    ...read('getJobLogs', { params: { id } }),
    enabled: started_at !== null,
    refetchInterval: ended_at === null ? 3000 : false,
  })
  if (started_at === null) return null
  return (
    <Card title={t('job.log')}>
      <Loaded query={query}>
        {({ lines }) =>
          lines.length === 0 ? (
            <p className="muted">{t('job.noLog')}</p>
          ) : (
            <pre style={{ maxHeight: 320 }} tabIndex={0} aria-label={t('job.log')}>
              {lines.map(({ attempt, line }) => `${String(attempt)}  ${line}`).join('\n')}
            </pre>
          )
        }
      </Loaded>
    </Card>
  )
}
