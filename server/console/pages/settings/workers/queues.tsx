import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Queue } from '../../../../contract/queues'
import { call } from '../../../api/client'
import { read, refresh } from '../../../api/query'
import { useMay } from '../../../session'
import { Badge } from '../../../ui/badge'
import { Button } from '../../../ui/button'
import { Card } from '../../../ui/page'
import { ErrorNote, Loaded } from '../../../ui/states'
import { Table } from '../../../ui/table'
import { useFormats } from '../../../ui/use-formats'

const PauseOrResume = ({ queue }: { queue: Queue }) => {
  const { t } = useTranslation()
  const act = useMutation({
    mutationFn: () => call(queue.paused_at === null ? 'pauseQueue' : 'resumeQueue', { params: { class: queue.class } }),
    onSuccess: () => refresh('listQueues'),
  })
  const name = t(`settings.workers.class.${queue.class}`)
  const label = t(queue.paused_at === null ? 'settings.workers.pause' : 'settings.workers.resume')
  return (
    <>
      <Button busy={act.isPending} aria-label={`${label}: ${name}`} onClick={() => act.mutate()}>
        {label}
      </Button>
      {act.isError && <ErrorNote error={act.error} />}
    </>
  )
}

/** The queues, one per class of resources. A paused one gives out no jobs; those that run go on. */
export const Queues = () => {
  const { t } = useTranslation()
  const format = useFormats()
  const isAdmin = useMay('admin')
  const query = useQuery({ ...read('listQueues', {}), refetchInterval: 5000 })
  return (
    <Card title={t('settings.workers.queues')}>
      <div className="stack">
        <Loaded query={query}>
          {({ data }) => (
            <Table
              label={t('settings.workers.queues')}
              rows={data}
              keyOf={(queue) => queue.class}
              columns={[
                { title: t('settings.workers.queue'), cell: (queue) => t(`settings.workers.class.${queue.class}`) },
                { title: t('settings.workers.queued'), isNumber: true, cell: ({ queued }) => format.number(queued) },
                { title: t('settings.workers.running'), isNumber: true, cell: ({ running }) => format.number(running) },
                {
                  title: t('settings.state'),
                  cell: ({ paused_at }) =>
                    paused_at === null ? (
                      <Badge tone="good">{t('settings.workers.open')}</Badge>
                    ) : (
                      <Badge tone="warn">{t('settings.workers.pausedAt', { when: format.ago(paused_at) })}</Badge>
                    ),
                },
                ...(isAdmin
                  ? [{ title: t('settings.do'), cell: (queue: Queue) => <PauseOrResume queue={queue} /> }]
                  : []),
              ]}
            />
          )}
        </Loaded>
        <p className="muted">{t(isAdmin ? 'settings.workers.pauseMeaning' : 'settings.needsAdmin')}</p>
      </div>
    </Card>
  )
}
