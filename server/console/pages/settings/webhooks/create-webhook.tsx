import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventType } from '../../../../contract/events'
import { call, type Answer } from '../../../api/client'
import { refresh } from '../../../api/query'
import { Button } from '../../../ui/button'
import { Field } from '../../../ui/field'
import { Card } from '../../../ui/page'
import { ErrorNote } from '../../../ui/states'
import { EventsChoice } from './events-choice'

const types = ['http', 'airflow'] as const
const empty = { type: 'http' as (typeof types)[number], url: '', connection: '', asset: '', description: '' }

/** Makes an endpoint; for an address that has one already it changes that one. */
export const CreateWebhook = ({ onMade }: { onMade: (made: Answer<'createWebhookEndpoint'>) => void }) => {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(empty)
  const [events, setEvents] = useState<EventType[] | null>(null)
  const { type, url, connection, asset, description } = draft
  const create = useMutation({
    mutationFn: () =>
      call('createWebhookEndpoint', {
        body:
          type === 'http'
            ? { type, url, events, description }
            : { type, connection: connection === '' ? null : connection, asset, events, description },
      }),
    onSuccess: async (made) => {
      onMade(made)
      setDraft(empty)
      setEvents(null)
      await refresh('listWebhookEndpoints')
    },
  })
  const text = (name: 'url' | 'connection' | 'asset' | 'description', hint?: string) => (
    <Field label={t(`settings.webhooks.${name}`)} hint={hint}>
      {(control) => (
        <input
          {...control}
          size={60}
          type={name === 'url' ? 'url' : 'text'}
          required={name === 'url' || name === 'asset'}
          value={draft[name]}
          onChange={({ target }) => setDraft({ ...draft, [name]: target.value })}
        />
      )}
    </Field>
  )
  return (
    <Card title={t('settings.webhooks.create')}>
      <form
        className="stack narrow"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <Field label={t('settings.webhooks.type')}>
          {(control) => (
            <select
              {...control}
              value={type}
              onChange={({ target }) => setDraft({ ...draft, type: target.value === 'airflow' ? 'airflow' : 'http' })}
            >
              {types.map((one) => (
                <option key={one} value={one}>
                  {t(`settings.webhooks.types.${one}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {type === 'http' ? (
          text('url', t('settings.webhooks.urlHint'))
        ) : (
          <>
            {text('connection', t('settings.webhooks.connectionHint'))}
            {text('asset', t('settings.webhooks.assetHint'))}
          </>
        )}
        {text('description')}
        <EventsChoice value={events} onChange={setEvents} />
        {create.isError && <ErrorNote error={create.error} />}
        <div>
          <Button
            type="submit"
            variant="primary"
            busy={create.isPending}
            disabled={(type === 'http' ? url : asset) === '' || events?.length === 0}
          >
            {t('settings.webhooks.create')}
          </Button>
        </div>
      </form>
    </Card>
  )
}
