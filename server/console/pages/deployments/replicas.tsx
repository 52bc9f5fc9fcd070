import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Deployment } from '../../../contract/deployments'
import { read } from '../../api/query'
import { Card } from '../../ui/page'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { ReplicaBadge } from './deployment-badge'

type Replica = Deployment['replicas'][number]

/** The engines that serve a deployment, or start, or end what they began. */
export const Replicas = ({ deployment: { replicas, status } }: { deployment: Deployment }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { data: workers } = useQuery(read('listWorkers', {}))
  const nameOf = (id: string): string => workers?.data.find((worker) => worker.id === id)?.name ?? id
  return (
    <Card title={t('deployments.replicas')}>
      {replicas.length === 0 ? (
        <p className="muted">{t(status === 'asleep' ? 'deployments.sleeps' : 'deployments.noReplicas')}</p>
      ) : (
        <Table
          label={t('deployments.replicas')}
          rows={replicas}
          keyOf={({ id }) => id}
          columns={[
            { title: t('deployments.state'), cell: ({ state }) => <ReplicaBadge state={state} /> },
            { title: t('deployments.generation'), cell: ({ generation }) => format.number(generation), isNumber: true },
            {
              title: t('deployments.engineColumn'),
              cell: ({ engine }) => (engine === null ? '–' : t(`deployments.engine.${engine}`)),
            },
            { title: t('deployments.worker'), cell: ({ worker_id }) => nameOf(worker_id) },
            {
              title: t('deployments.since'),
              cell: ({ started_at }) => <span title={format.time(started_at)}>{format.ago(started_at)}</span>,
            },
            ...(replicas.some(({ error }) => error !== null)
              ? [{ title: t('deployments.error'), cell: ({ error }: Replica) => error ?? '' }]
              : []),
          ]}
        />
      )}
    </Card>
  )
}
