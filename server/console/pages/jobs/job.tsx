import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import type { Job as JobData } from '../../../contract/jobs'
import { call } from '../../api/client'
import { useJobEvents } from '../../api/live'
import { read, refresh } from '../../api/query'
import { paths } from '../../paths'
import { useMay } from '../../session'
import { JobBadge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { Chart } from '../../ui/chart'
import { Dialog } from '../../ui/dialog'
import { Card, Facts, Page } from '../../ui/page'
import { ErrorNote, Loaded } from '../../ui/states'
import { UsageFigures } from '../../ui/usage-figures'
import { useFormats } from '../../ui/use-formats'
import { Checkpoints } from './checkpoints'
import { curvesOf } from './curves'
import { JobEvents } from './job-events'
import { JobLog } from './job-log'
import { JobResult } from './job-result'
import { Power } from './power'
import { JobDuration, ProgressCell } from './progress'
import { RecipeSteps } from './recipe-steps'

type Action = 'cancelJob' | 'pauseJob' | 'resumeJob' | 'retryJob'
const ended = ['succeeded', 'failed', 'cancelled']

/** What may be done with a job in its state. */
const actionsOf = ({ status, kind }: JobData): Action[] => {
  if (status === 'failed' || status === 'cancelled') return kind === 'recipe' ? [] : ['retryJob']
  if (status === 'succeeded') return []
  if (status === 'paused') return ['resumeJob', 'cancelJob']
  return status === 'running' && kind === 'fine-tune' ? ['pauseJob', 'cancelJob'] : ['cancelJob']
}

const Actions = ({ job }: { job: JobData }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const mayWrite = useMay('write')
  const [isAsking, setAsking] = useState(false)
  const act = useMutation({
    mutationFn: (action: Action) => call(action, { params: { id: job.id } }),
    onSuccess: async (after) => {
      setAsking(false)
      await refresh('getJob', 'listJobs')
      if (after.id !== job.id) void navigate(paths.job(after.id))
    },
  })
  if (!mayWrite) return null
  return (
    <>
      {act.isError && <ErrorNote error={act.error} />}
      {actionsOf(job).map((action) => (
        <Button
          key={action}
          variant={action === 'cancelJob' ? 'danger' : undefined}
          busy={act.isPending}
          onClick={() => (action === 'cancelJob' ? setAsking(true) : act.mutate(action))}
        >
          {t(`job.${action}`)}
        </Button>
      ))}
      {isAsking && (
        <Dialog title={t('job.cancelJob')} onClose={() => setAsking(false)}>
          <p>{t('job.cancelMeaning')}</p>
          <div className="row">
            <Button variant="danger" busy={act.isPending} onClick={() => act.mutate('cancelJob')}>
              {t('job.cancelJob')}
            </Button>
            <Button onClick={() => setAsking(false)}>{t('job.keep')}</Button>
          </div>
        </Dialog>
      )}
    </>
  )
}

const About = ({ job }: { job: JobData }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const link = (id: string) => <Link to={paths.job(id)}>{id}</Link>
  return (
    <Card title={t('job.about')}>
      <Facts
        of={[
          [t('jobs.status'), <JobBadge key="status" status={job.status} />],
          [t('jobs.progress'), job.status === 'failed' ? null : <ProgressCell key="progress" job={job} />],
          [t('jobs.created'), format.time(job.created_at)],
          [t('jobs.duration'), <JobDuration key="duration" job={job} />],
          [t('job.attempt'), format.number(job.attempt)],
          [t('job.class'), job.class],
          [
            t('jobs.origin'),
            job.origin &&
              (job.origin.url === null ? job.origin.system : <a href={job.origin.url}>{job.origin.system}</a>),
          ],
          [
            t('job.watchedAt'),
            job.progress?.url === undefined ? null : <a href={job.progress.url}>{job.progress.url}</a>,
          ],
          [t('job.parent'), job.parent_id && link(job.parent_id)],
          [t('job.retryOf'), job.retry_of && link(job.retry_of)],
          ...Object.entries(job.metadata).map(([name, value]) => [name, value] as const),
        ]}
      />
    </Card>
  )
}

const Curves = ({ job }: { job: JobData }) => {
  const { t } = useTranslation()
  const events = useJobEvents(job.id)
  const curves = useMemo(() => curvesOf(events), [events])
  return (
    <>
      <div className="columns">
        {curves.map(({ metric, points }) => (
          <Card key={metric} title={t(`metric.${metric}`, metric)}>
            <Chart
              kind="line"
              label={t('job.curveLabel', { metric, points: points.length, last: points.at(-1)?.[1] ?? 0 })}
              series={[{ name: metric, points }]}
              xName={t('unit.steps')}
              yName=""
            />
          </Card>
        ))}
        <Power job={job} />
      </div>
      <JobEvents events={events} />
    </>
  )
}

/** One job: how far it is, what it took, its curves, what happened to it, and what it said. */
const JobPage = () => {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const query = useQuery({
    ...read('getJob', { params: { id } }),
    refetchInterval: ({ state }) => (state.data && ended.includes(state.data.status) ? false : 2000),
  })
  return (
    <Loaded query={query}>
      {(job) => (
        <Page title={`${t(`kind.${job.kind}`)} ${job.id.slice(-6)}`} actions={<Actions job={job} />}>
          {job.error && (
            <div className="note bad" role="alert">
              <p>
                <strong>{job.error.message}</strong>
              </p>
              <p>{job.error.hint}</p>
              <p className="muted mono">{job.error.code}</p>
            </div>
          )}
          {job.status === 'awaiting_approval' && job.status_reason !== null && (
            <p className="note warn">
              <Link to={paths.approval(job.status_reason)}>{t('job.waitsForPerson')}</Link>
            </p>
          )}
          <UsageFigures usage={job.usage} />
          <div className="columns">
            <About job={job} />
            <JobResult job={job} />
          </div>
          {job.kind === 'recipe' && <RecipeSteps id={job.id} />}
          <Checkpoints job={job} />
          <Curves job={job} />
          <JobLog job={job} />
          <Card title={t('job.input')}>
            <pre>{JSON.stringify(job.input, null, 2)}</pre>
          </Card>
        </Page>
      )}
    </Loaded>
  )
}
export default JobPage
