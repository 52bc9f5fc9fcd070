import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConnectionType } from '../../../../contract/connections'
import { call } from '../../../api/client'
import { refresh } from '../../../api/query'
import { Button } from '../../../ui/button'
import { Field } from '../../../ui/field'
import { Card } from '../../../ui/page'
import { ErrorNote } from '../../../ui/states'
import { ConnectionFieldView } from './connection-field'
import { connectionOf, connectionTypes, emptyDraft, fieldsOf, isComplete, type FieldName } from './connection-fields'

const hinted = ['endpoint', 'user', 'base_url', 'headers', 'verify_tls', 'ca_pem', 'username'] as const

/** Stores credentials under a name that recipes and jobs use. */
export const CreateConnection = () => {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [type, setType] = useState<ConnectionType>('s3')
  const [draft, setDraft] = useState(() => emptyDraft('s3'))
  const create = useMutation({
    mutationFn: () => call('createConnection', { body: connectionOf(name, type, draft) }),
    onSuccess: async () => {
      setName('')
      setDraft(emptyDraft(type))
      await refresh('listConnections')
    },
  })
  const hintOf = (field: FieldName): string | undefined => {
    if (field === 'base_url' && type === 'airflow') return t('settings.connections.hints.airflow')
    const found = hinted.find((one) => one === field)
    return found && t(`settings.connections.hints.${found}`)
  }
  return (
    <Card title={t('settings.connections.create')}>
      <form
        className="stack narrow"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <Field label={t('settings.connections.type')}>
          {(control) => (
            <select
              {...control}
              value={type}
              onChange={({ target }) => {
                const chosen = connectionTypes.find((one) => one === target.value) ?? 's3'
                setType(chosen)
                setDraft(emptyDraft(chosen))
              }}
            >
              {connectionTypes.map((one) => (
                <option key={one} value={one}>
                  {t(`settings.connections.types.${one}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('settings.name')} hint={t('settings.connections.nameHint')}>
          {(control) => (
            <input
              {...control}
              required
              size={40}
              pattern="[a-z0-9][a-z0-9._\-]{0,99}"
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        {fieldsOf(type).map((field) => (
          <ConnectionFieldView
            key={`${type} ${field.name}`}
            field={field}
            hint={hintOf(field.name)}
            value={draft[field.name] ?? ''}
            onChange={(value) => setDraft({ ...draft, [field.name]: value })}
          />
        ))}
        {create.isError && <ErrorNote error={create.error} />}
        <div>
          <Button
            type="submit"
            variant="primary"
            busy={create.isPending}
            disabled={name === '' || !isComplete(type, draft)}
          >
            {t('settings.connections.create')}
          </Button>
        </div>
      </form>
    </Card>
  )
}
