import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DeliveryStatus, WebhookDelivery } from '../../../../contract/webhook-endpoints'
import { call } from '../../../api/client'
import { readPages, refresh } from '../../../api/query'
import { useMay } from '../../../session'
import { Badge, type Tone } from '../../../ui/badge'
import { Button } from '../../../ui/button'
import { Card } from '../../../ui/page'
import { ErrorNote } from '../../../ui/states'
import { Table } from '../../../ui/table'
import { useFormats } from '../../../ui/use-formats'
import { PagesOf } from '../pages-of'

const tones: Record<DeliveryStatus, Tone> = { pending: 'busy', delivered: 'good', failed: 'bad' }

const Redeliver = ({ delivery }: { delivery: WebhookDelivery }) => {
  const { t } = useTranslation()
  const redeliver = useMutation({
    mutationFn: () => call('redeliverWebhook', { params: { id: delivery.id } }),
    onSuccess: () => refresh('listWebhookDeliveries'),
  })
  return (
    <>
      <Button busy={redeliver.isPending} disabled={delivery.status === 'pending'} onClick={() => redeliver.mutate()}>
        {t('settings.webhooks.redeliver')}
      </Button>
      {redeliver.isError && <ErrorNote error={redeliver.error} />}
    </>
  )
}

/** What was sent to an endpoint, newest first, and what it answered. */
export const Deliveries = ({ endpointId, title }: { endpointId: string; title: string }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const mayWrite = useMay('write')
  const query = useInfiniteQuery({
    ...readPages('listWebhookDeliveries', { params: { id: endpointId } }),
    refetchInterval: 3000,
  })
  return (
    <Card title={title}>
      <PagesOf query={query} none={t('settings.webhooks.noDeliveries')}>
        {(rows) => (
          <Table
            label={title}
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              { title: t('settings.webhooks.at'), cell: ({ created_at }) => format.time(created_at) },
              {
                title: t('settings.webhooks.event'),
                cell: ({ type, event_id }) => (
                  <>
                    <span className="mono">{type}</span>
                    <div className="mono muted id">{event_id}</div>
                  </>
                ),
              },
              {
                title: t('settings.state'),
                cell: ({ status, next_attempt_at }) => (
                  <>
                    <Badge tone={tones[status]}>{t(`settings.webhooks.delivery.${status}`)}</Badge>
                    {status === 'pending' && next_attempt_at !== null && (
                      <div className="muted">{t('settings.webhooks.next', { when: format.ago(next_attempt_at) })}</div>
                    )}
                  </>
                ),
              },
              {
                title: t('settings.webhooks.attempts'),
                isNumber: true,
                cell: ({ attempts }) => format.number(attempts),
              },
              {
                title: t('settings.webhooks.answer'),
                cell: ({ last_status, last_error }) => (
                  <>
                    {last_status === null ? '–' : `HTTP ${String(last_status)}`}
                    {last_error !== null && <div className="muted">{last_error}</div>}
                  </>
                ),
              },
              ...(mayWrite
                ? [{ title: t('settings.do'), cell: (one: WebhookDelivery) => <Redeliver delivery={one} /> }]
                : []),
            ]}
          />
        )}
      </PagesOf>
    </Card>
  )
}
