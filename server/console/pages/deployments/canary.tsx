import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Deployment } from '../../../contract/deployments'
import { call } from '../../api/client'
import { read, refresh } from '../../api/query'
import { paths } from '../../paths'
import { useMay } from '../../session'
import { Button } from '../../ui/button'
import { Field } from '../../ui/field'
import { Card } from '../../ui/page'
import { ErrorNote, Loaded } from '../../ui/states'
import { useFormats } from '../../ui/use-formats'

/** One that a call by a model's own name has made: it comes and goes. */
const isOnDemand = ({ name }: Deployment): boolean => name.startsWith('on-demand:')

/** Asks which other deployment answers, and how large its share is. */
const Start = ({ deployment, others }: { deployment: Deployment; others: readonly Deployment[] }) => {
  const { t } = useTranslation()
  const [other, setOther] = useState('')
  const [percent, setPercent] = useState('10')
  const start = useMutation({
    mutationFn: () =>
      call('setCanary', { params: { id: deployment.id }, body: { deployment: other, weight: Number(percent) / 100 } }),
    onSuccess: () => refresh('getDeployment', 'listDeployments'),
  })
  if (others.length === 0) return <p className="muted">{t('canary.noOther')}</p>
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    start.mutate()
  }
  return (
    <form className="stack" onSubmit={submit}>
      <p className="muted">{t('canary.meaning')}</p>
      {start.isError && <ErrorNote error={start.error} />}
      <div className="row">
        <Field label={t('canary.deployment')}>
          {(control) => (
            <select {...control} required value={other} onChange={({ target }) => setOther(target.value)}>
              <option value="">{t('canary.choose')}</option>
              {others.map(({ id, name }) => (
                <option key={id} value={name}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('canary.share')}>
          {(control) => (
            <input
              {...control}
              type="number"
              min={1}
              max={100}
              required
              value={percent}
              onChange={({ target }) => setPercent(target.value)}
            />
          )}
        </Field>
      </div>
      <div>
        <Button type="submit" busy={start.isPending}>
          {t('canary.start')}
        </Button>
      </div>
    </form>
  )
}

const Running = ({ deployment, canary }: { deployment: Deployment; canary: NonNullable<Deployment['canary']> }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const mayWrite = useMay('write')
  const end = useMutation({
    mutationFn: () => call('endCanary', { params: { id: deployment.id } }),
    onSuccess: () => refresh('getDeployment', 'listDeployments'),
  })
  return (
    <>
      {end.isError && <ErrorNote error={end.error} />}
      <p>
        <Link to={paths.deployment(canary.deployment)}>{canary.deployment}</Link>{' '}
        {t('canary.answers', { share: format.percent(canary.weight) })}
      </p>
      {mayWrite && (
        <Button busy={end.isPending} onClick={() => end.mutate()}>
          {t('canary.end')}
        </Button>
      )}
    </>
  )
}

/** Another deployment that answers a share of the calls, to see how it does before it takes over. */
export const Canary = ({ deployment }: { deployment: Deployment }) => {
  const { t } = useTranslation()
  const mayWrite = useMay('write')
  const query = useQuery(read('listDeployments', { query: { limit: 100 } }))
  if (deployment.canary === null && (!mayWrite || isOnDemand(deployment))) return null
  return (
    <Card title={t('canary.title')}>
      {deployment.canary !== null ? (
        <Running deployment={deployment} canary={deployment.canary} />
      ) : (
        <Loaded query={query}>
          {({ data }) => (
            <Start
              deployment={deployment}
              others={data.filter(
                ({ id, name, status }) =>
                  id !== deployment.id && status !== 'stopped' && !name.startsWith('on-demand:'),
              )}
            />
          )}
        </Loaded>
      )}
    </Card>
  )
}
