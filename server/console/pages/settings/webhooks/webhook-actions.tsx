import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { WebhookEndpoint } from '../../../../contract/webhook-endpoints'
import { call } from '../../../api/client'
import { refresh } from '../../../api/query'
import { Button } from '../../../ui/button'
import { ErrorNote } from '../../../ui/states'
import { Confirm } from '../confirm'
import { EditWebhook } from './edit-webhook'

/** What a test was answered. A test stands in no delivery log: it is no event. */
const TestAnswer = ({ of }: { of: { delivered: boolean; status: number | null; answer: string } }) => {
  const { t } = useTranslation()
  return (
    <div className={of.delivered ? 'note' : 'note bad'} role="status">
      <p>
        <strong>{t(of.delivered ? 'settings.webhooks.testArrived' : 'settings.webhooks.testLost')}</strong>
        {of.status !== null && ` · HTTP ${String(of.status)}`}
      </p>
      {of.answer !== '' && <p className="mono">{of.answer}</p>}
    </div>
  )
}

export const WebhookActions = ({ endpoint }: { endpoint: WebhookEndpoint }) => {
  const { t } = useTranslation()
  const [isEditing, setEditing] = useState(false)
  const { id, url } = endpoint
  const test = useMutation({ mutationFn: () => call('testWebhookEndpoint', { params: { id } }) })
  return (
    <div className="ticks">
      <div className="row">
        <Button busy={test.isPending} onClick={() => test.mutate()}>
          {t('settings.test')}
        </Button>
        <Button onClick={() => setEditing(true)}>{t('settings.change')}</Button>
        <Confirm
          label={t('actions.delete')}
          title={t('settings.webhooks.deleteTitle')}
          act={async () => {
            await call('deleteWebhookEndpoint', { params: { id } })
            await refresh('listWebhookEndpoints')
          }}
        >
          <p className="mono">{url}</p>
          <p>{t('settings.webhooks.deleteMeaning')}</p>
        </Confirm>
      </div>
      {test.isError && <ErrorNote error={test.error} />}
      {test.data && <TestAnswer of={test.data} />}
      {isEditing && <EditWebhook endpoint={endpoint} onClose={() => setEditing(false)} />}
    </div>
  )
}
