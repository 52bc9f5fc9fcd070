import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Job } from '../../contract/jobs'
import { useJobEvents } from '../api/live'
import { read } from '../api/query'
import { paths } from '../paths'
import { JobBadge } from '../ui/badge'
import { Chart } from '../ui/chart'
import { Card, Page } from '../ui/page'
import { Empty, Loaded } from '../ui/states'
import { Table } from '../ui/table'
import { UsageFigures } from '../ui/usage-figures'
import { useFormats } from '../ui/use-formats'
import { curvesOf } from './jobs/curves'
import { JobDuration, ProgressCell } from './jobs/progress'

/** The first moment of today, where the browser is. */
const startOfDay = (): string => {
  const now = new Date()
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString()
}

const Running = ({ jobs }: { jobs: readonly Job[] }) => {
  const { t } = useTranslation()
  return (
    <Card title={t('start.running')}>
      {jobs.length === 0 ? (
        <p className="muted">{t('start.nothingRuns')}</p>
      ) : (
        <Table
          label={t('start.running')}
          rows={jobs}
          keyOf={({ id }) => id}
          columns={[
            { title: t('jobs.job'), cell: ({ id, kind }) => <Link to={paths.job(id)}>{t(`kind.${kind}`)}</Link> },
            { title: t('jobs.progress'), cell: (job) => <ProgressCell job={job} /> },
            { title: t('jobs.duration'), cell: (job) => <JobDuration job={job} />, isNumber: true },
          ]}
        />
      )}
    </Card>
  )
}

/** The loss of the run that trains now, beside the lowest that a model here has reached. */
const LiveLoss = ({ job }: { job: Job }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const events = useJobEvents(job.id)
  const curve = useMemo(() => curvesOf(events).find(({ metric }) => metric === 'loss'), [events])
  const { data: models } = useQuery(read('listModels', {}))
  if (curve === undefined || curve.points.length === 0) return null
  const losses = models?.data.flatMap(({ metrics }) =>
    typeof metrics['validation_loss'] === 'number' ? [metrics['validation_loss']] : [],
  )
  const best = losses !== undefined && losses.length > 0 ? Math.min(...losses) : null
  const last = curve.points.at(-1)
  const ends: [number, number][] = best === null ? [] : [curve.points[0], last].map((point) => [point?.[0] ?? 0, best])
  return (
    <Card title={t('start.loss')}>
      <Chart
        kind="line"
        label={t('start.lossLabel', { last: format.number(last?.[1] ?? 0) })}
        series={[
          { name: t('start.thisRun'), points: curve.points },
          ...(ends.length > 0 ? [{ name: t('start.best'), points: ends }] : []),
        ]}
        xName={t('unit.steps')}
        yName=""
      />
      <Link to={paths.job(job.id)}>{t('start.openJob')}</Link>
    </Card>
  )
}

const Failed = () => {
  const { t } = useTranslation()
  const format = useFormats()
  const query = useQuery({ ...read('listJobs', { query: { status: 'failed', limit: 5 } }), refetchInterval: 15_000 })
  return (
    <Card title={t('start.failed')}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="muted">{t('start.nothingFailed')}</p>
          ) : (
            <Table
              label={t('start.failed')}
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                { title: t('jobs.job'), cell: ({ id, kind }) => <Link to={paths.job(id)}>{t(`kind.${kind}`)}</Link> },
                { title: t('start.why'), cell: ({ error }) => error?.message ?? '' },
                { title: t('start.when'), cell: ({ ended_at }) => (ended_at === null ? '' : format.ago(ended_at)) },
              ]}
            />
          )
        }
      </Loaded>
    </Card>
  )
}

const Devices = ({ jobs }: { jobs: readonly Job[] }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const query = useQuery({ ...read('listWorkers', {}), refetchInterval: 5000 })
  const kindOf = new Map(jobs.map(({ id, kind }) => [id, kind]))
  return (
    <Card title={t('start.devices')}>
      <Loaded query={query}>
        {({ data }) => (
          <Table
            label={t('start.devices')}
            rows={data.filter(({ state }) => state !== 'gone')}
            keyOf={({ id }) => id}
            columns={[
              { title: t('start.worker'), cell: ({ name }) => name },
              {
                title: t('start.has'),
                cell: ({ resources: { cpus, memory_bytes, gpus } }) =>
                  t('start.resources', { cpus, gpus, memory: format.bytes(memory_bytes) }),
              },
              {
                title: t('start.heldBy'),
                cell: ({ running_jobs }) =>
                  running_jobs.length === 0
                    ? t('start.free')
                    : running_jobs.map((id) => {
                        const kind = kindOf.get(id)
                        return (
                          <div key={id}>
                            <Link to={paths.job(id)}>{kind === undefined ? id : t(`kind.${kind}`)}</Link>
                          </div>
                        )
                      }),
              },
            ]}
          />
        )}
      </Loaded>
    </Card>
  )
}

const Recent = () => {
  const { t } = useTranslation()
  const format = useFormats()
  const query = useQuery({ ...read('listJobs', { query: { status: 'succeeded', limit: 5 } }), refetchInterval: 15_000 })
  return (
    <Card title={t('start.recent')}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="muted">{t('start.nothingEnded')}</p>
          ) : (
            <Table
              label={t('start.recent')}
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                { title: t('jobs.job'), cell: ({ id, kind }) => <Link to={paths.job(id)}>{t(`kind.${kind}`)}</Link> },
                { title: t('jobs.status'), cell: ({ status }) => <JobBadge status={status} /> },
                { title: t('start.when'), cell: ({ ended_at }) => (ended_at === null ? '' : format.ago(ended_at)) },
              ]}
            />
          )
        }
      </Loaded>
    </Card>
  )
}

const Today = () => {
  const { t } = useTranslation()
  const query = useQuery({
    ...read('getUsage', { query: { group_by: 'day', since: startOfDay() } }),
    refetchInterval: 15_000,
  })
  return (
    <section aria-label={t('start.today')}>
      <h2>{t('start.today')}</h2>
      <Loaded query={query}>{({ total }) => <UsageFigures usage={total} />}</Loaded>
    </section>
  )
}

/** What runs, what failed and why, who holds the devices, and what today took; on the first day the way to a model. */
const Start = () => {
  const { t } = useTranslation()
  const any = useQuery(read('listJobs', { query: { limit: 1 } }))
  const running = useQuery({ ...read('listJobs', { query: { status: 'running', limit: 50 } }), refetchInterval: 3000 })
  const jobs = running.data?.data ?? []
  const training = jobs.find(({ kind }) => kind === 'fine-tune')
  return (
    <Page
      title={t('start.title')}
      actions={
        <Link className="button primary" to={paths.newRun()}>
          {t('newRun.title')}
        </Link>
      }
    >
      {any.data?.data.length === 0 && (
        <Empty title={t('start.emptyTitle')}>
          <p>{t('start.emptyText')}</p>
          <Link className="button primary" to={paths.newRun()}>
            {t('start.firstModel')}
          </Link>
        </Empty>
      )}
      <Today />
      <Loaded query={running}>
        {({ data }) => (
          <>
            {training && <LiveLoss job={training} />}
            <div className="columns">
              <Running jobs={data} />
              <Devices jobs={data} />
            </div>
          </>
        )}
      </Loaded>
      <div className="columns">
        <Failed />
        <Recent />
      </div>
    </Page>
  )
}
export default Start
