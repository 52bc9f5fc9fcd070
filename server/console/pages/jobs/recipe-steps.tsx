import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { JobBadge } from '../../ui/badge'
import { Card } from '../../ui/page'
import { Loaded } from '../../ui/states'
import { Table } from '../../ui/table'
import { JobDuration, ProgressCell } from './progress'

/** The steps of a recipe run, in their order. */
export const RecipeSteps = ({ id }: { id: string }) => {
  const { t } = useTranslation()
  const query = useQuery({ ...read('listJobs', { query: { parent_id: id, limit: 100 } }), refetchInterval: 3000 })
  return (
    <Card title={t('job.steps')}>
      <Loaded query={query}>
        {({ data }) => (
          <Table
            label={t('job.steps')}
            keyOf={(step) => step.id}
            rows={[...data].reverse()}
            columns={[
              { title: t('jobs.job'), cell: (step) => <Link to={paths.job(step.id)}>{t(`kind.${step.kind}`)}</Link> },
              { title: t('jobs.status'), cell: ({ status }) => <JobBadge status={status} /> },
              { title: t('jobs.progress'), cell: (step) => <ProgressCell job={step} /> },
              { title: t('jobs.duration'), cell: (step) => <JobDuration job={step} />, isNumber: true },
            ]}
          />
        )}
      </Loaded>
    </Card>
  )
}
