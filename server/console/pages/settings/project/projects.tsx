import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, call } from '../../../api/client'
import { read, refresh } from '../../../api/query'
import { useMay } from '../../../session'
import { Button } from '../../../ui/button'
import { Field } from '../../../ui/field'
import { Card } from '../../../ui/page'
import { ErrorNote } from '../../../ui/states'
import { Table } from '../../../ui/table'
import { useFormats } from '../../../ui/use-formats'
import { ShownOnce } from '../shown-once'

/** The installation's projects, for who runs it; nothing for anyone else. */
export const Projects = () => {
  const { t } = useTranslation()
  const format = useFormats()
  const isAdmin = useMay('admin')
  const query = useQuery({ ...read('listProjects', { query: { limit: 100 } }), enabled: isAdmin })
  const [name, setName] = useState('')
  const create = useMutation({
    mutationFn: () => call('createProject', { body: { name } }),
    onSuccess: async () => {
      setName('')
      await refresh('listProjects')
    },
  })
  const isElsewhere = query.error instanceof ApiError && query.error.code === 'first_project_only'
  if (!isAdmin || isElsewhere) return null
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <Card title={t('projects.title')}>
      <div className="stack">
        <p className="muted">{t('projects.meaning')}</p>
        {query.isError && <ErrorNote error={query.error} />}
        {create.isError && <ErrorNote error={create.error} />}
        {create.data && (
          <ShownOnce
            title={t('projects.firstKey', { name: create.data.name })}
            secret={create.data.key}
            onDone={() => create.reset()}
          />
        )}
        {query.data && (
          <Table
            label={t('projects.title')}
            rows={query.data.data}
            keyOf={({ id }) => id}
            columns={[
              { title: t('settings.name'), cell: (project) => project.name },
              { title: t('settings.project.id'), cell: ({ id }) => <span className="mono">{id}</span> },
              { title: t('settings.created'), cell: ({ created_at }) => format.day(created_at) },
            ]}
          />
        )}
        <form className="row" onSubmit={submit}>
          <Field label={t('projects.name')}>
            {(control) => (
              <input
                {...control}
                required
                maxLength={100}
                value={name}
                onChange={({ target }) => setName(target.value)}
              />
            )}
          </Field>
          <Button type="submit" busy={create.isPending}>
            {t('projects.create')}
          </Button>
        </form>
      </div>
    </Card>
  )
}
