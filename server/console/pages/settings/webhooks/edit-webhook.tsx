import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { WebhookEndpoint } from '../../../../contract/webhook-endpoints'
import { call } from '../../../api/client'
import { refresh } from '../../../api/query'
import { Button } from '../../../ui/button'
import { Dialog } from '../../../ui/dialog'
import { Field } from '../../../ui/field'
import { ErrorNote } from '../../../ui/states'
import { EventsChoice } from './events-choice'

/** Changes what is sent to an endpoint, or switches it on or off; its address stays. */
export const EditWebhook = ({ endpoint, onClose }: { endpoint: WebhookEndpoint; onClose: () => void }) => {
  const { t } = useTranslation()
  const [events, setEvents] = useState(endpoint.events)
  const [description, setDescription] = useState(endpoint.description)
  const [enabled, setEnabled] = useState(endpoint.enabled)
  const save = useMutation({
    mutationFn: () =>
      call('updateWebhookEndpoint', { params: { id: endpoint.id }, body: { events, description, enabled } }),
    onSuccess: async () => {
      await refresh('listWebhookEndpoints')
      onClose()
    },
  })
  return (
    <Dialog title={t('settings.webhooks.edit')} onClose={onClose}>
      <p className="mono">{endpoint.url}</p>
      <label>
        <input type="checkbox" checked={enabled} onChange={({ target }) => setEnabled(target.checked)} />{' '}
        {t('settings.webhooks.enabled')}
      </label>
      <Field label={t('settings.webhooks.description')}>
        {(control) => (
          <input
            {...control}
            value={description}
            maxLength={500}
            onChange={({ target }) => setDescription(target.value)}
          />
        )}
      </Field>
      <EventsChoice value={events} onChange={setEvents} />
      {save.isError && <ErrorNote error={save.error} />}
      <div className="row">
        <Button variant="primary" busy={save.isPending} disabled={events?.length === 0} onClick={() => save.mutate()}>
          {t('actions.save')}
        </Button>
        <Button onClick={onClose}>{t('actions.cancel')}</Button>
      </div>
    </Dialog>
  )
}
