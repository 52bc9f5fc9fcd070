import { useQuery } from '@tanstack/react-query'
import { useEffect, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { read, refresh } from '../../api/query'
import { paths } from '../../paths'
import { JobBadge } from '../../ui/badge'
import { Loaded } from '../../ui/states'

const ended: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled'])

/** How the roll-out that was just asked for gets on, and beside it what can be done about it. */
export const RollOutNote = ({ jobId, title, children }: { jobId: string; title: string; children?: ReactNode }) => {
  const { t } = useTranslation()
  const query = useQuery({
    ...read('getJob', { params: { id: jobId } }),
    refetchInterval: ({ state }) => (state.data && ended.has(state.data.status) ? false : 1500),
  })
  const status = query.data?.status
  useEffect(() => {
    void refresh('listDeployments', 'getDeployment', 'listApprovals')
  }, [status])
  return (
    <div className={status === 'failed' || status === 'cancelled' ? 'note bad' : 'note'} role="status">
      <Loaded query={query}>
        {(job) => (
          <>
            <p className="row">
              <strong>{title}</strong>
              <Link to={paths.job(job.id)}>{t('deployments.rollOutJob')}</Link>
              <JobBadge status={job.status} />
              {job.status === 'awaiting_approval' && job.status_reason !== null && (
                <Link to={paths.approval(job.status_reason)}>{t('deployments.toApproval')}</Link>
              )}
              {children}
            </p>
            {job.error && (
              <p>
                {job.error.message} {job.error.hint}
              </p>
            )}
          </>
        )}
      </Loaded>
    </div>
  )
}
