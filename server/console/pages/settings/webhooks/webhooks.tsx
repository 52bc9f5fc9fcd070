import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { WebhookEndpoint } from '../../../../contract/webhook-endpoints'
import type { Answer } from '../../../api/client'
import { readPages } from '../../../api/query'
import { paths } from '../../../paths'
import { useMay } from '../../../session'
import { Badge } from '../../../ui/badge'
import { Table } from '../../../ui/table'
import { PagesOf } from '../pages-of'
import { ShownOnce } from '../shown-once'
import { CreateWebhook } from './create-webhook'
import { Deliveries } from './deliveries'
import { WebhookActions } from './webhook-actions'

const State = ({ endpoint: { enabled, disabled_reason } }: { endpoint: WebhookEndpoint }) => {
  const { t } = useTranslation()
  return (
    <>
      <Badge tone={enabled ? 'good' : 'idle'}>{t(enabled ? 'settings.webhooks.on' : 'settings.webhooks.off')}</Badge>
      {disabled_reason !== null && <div className="muted">{disabled_reason}</div>}
    </>
  )
}

/** Whom Forge tells what happens; the endpoint whose deliveries are shown stands in the address. */
export const Webhooks = () => {
  const { t } = useTranslation()
  const mayWrite = useMay('write')
  const [search] = useSearchParams()
  const shown = search.get('endpoint')
  const [made, setMade] = useState<Answer<'createWebhookEndpoint'> | null>(null)
  const query = useInfiniteQuery({ ...readPages('listWebhookEndpoints', {}), refetchInterval: 15_000 })
  return (
    <>
      {made?.type === 'http' && (
        <ShownOnce
          title={t('settings.webhooks.secret', { url: made.url })}
          secret={made.secret}
          onDone={() => setMade(null)}
        />
      )}
      {mayWrite ? <CreateWebhook onMade={setMade} /> : <p className="note warn">{t('settings.needsWrite')}</p>}
      <PagesOf query={query} none={t('settings.webhooks.none')}>
        {(rows) => (
          <>
            <Table
              label={t('settings.parts.webhooks')}
              rows={rows}
              keyOf={({ id }) => id}
              columns={[
                {
                  title: t('settings.webhooks.url'),
                  cell: ({ id, url, description }) => (
                    <>
                      <div className="mono id">{url}</div>
                      {description !== '' && <div>{description}</div>}
                      <div>
                        <Link to={`${paths.settings('webhooks')}?endpoint=${encodeURIComponent(id)}`}>
                          {t('settings.webhooks.deliveries')}
                        </Link>
                      </div>
                    </>
                  ),
                },
                {
                  title: t('settings.webhooks.events'),
                  cell: ({ events }) =>
                    events === null ? t('settings.webhooks.all') : <span className="mono">{events.join(', ')}</span>,
                },
                { title: t('settings.state'), cell: (endpoint) => <State endpoint={endpoint} /> },
                ...(mayWrite
                  ? [{ title: t('settings.do'), cell: (one: WebhookEndpoint) => <WebhookActions endpoint={one} /> }]
                  : []),
              ]}
            />
            {rows
              .filter(({ id }) => id === shown)
              .map(({ id, url }) => (
                <Deliveries key={id} endpointId={id} title={t('settings.webhooks.deliveriesOf', { url })} />
              ))}
          </>
        )}
      </PagesOf>
    </>
  )
}
