import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Deployment } from '../../../contract/deployments'
import type { Job } from '../../../contract/jobs'
import type { Model } from '../../../contract/models'
import { call } from '../../api/client'
import { read } from '../../api/query'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Field } from '../../ui/field'
import { ErrorNote, Loaded } from '../../ui/states'
import { releaseBody, type Release } from './release'
import { IdleField, ReleaseFields } from './release-fields'

interface Props {
  deployment: Deployment
  /** `model`: another model goes into service; `idle`: the same one, with another time until it sleeps */
  what: 'model' | 'idle'
  onClose: () => void
  onStarted: (job: Job) => void
}

const Form = ({ deployment, what, onClose, onStarted, models }: Props & { models: readonly Model[] }) => {
  const { t } = useTranslation()
  const current = deployment.model ?? deployment.history[0]?.model ?? ''
  const [model, setModel] = useState(what === 'idle' ? current : '')
  const [release, setRelease] = useState<Release>({
    idle: what === 'idle' ? '300' : 'same',
    requireApproval: false,
    force: false,
    reason: '',
  })
  const start = useMutation({
    mutationFn: () =>
      call('updateDeployment', { params: { id: deployment.id }, body: { model, ...releaseBody(release) } }),
    onSuccess: onStarted,
  })
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    start.mutate()
  }
  const gateFailed = models.some(({ id, gate }) => id === model && gate === 'failed')
  return (
    <form className="stack" onSubmit={submit}>
      {start.isError && <ErrorNote error={start.error} />}
      {what === 'model' ? (
        <Field label={t('deployments.model')}>
          {(control) => (
            <select {...control} required value={model} onChange={({ target }) => setModel(target.value)}>
              <option value="">{t('deployments.chooseModel')}</option>
              {models
                .filter(({ id, kind }) => kind !== 'deployment' && id !== deployment.model)
                .map(({ id, name, gate }) => (
                  <option key={id} value={id}>
                    {gate === null ? name : `${name} (${t(`models.gateState.${gate}`)})`}
                  </option>
                ))}
            </select>
          )}
        </Field>
      ) : (
        <p>{t('deployments.idleMeaning')}</p>
      )}
      <IdleField
        value={release.idle}
        maySame={what === 'model'}
        onChange={(idle) => setRelease((before) => ({ ...before, idle }))}
      />
      {(what === 'model' || gateFailed) && (
        <ReleaseFields release={release} onChange={setRelease} gateFailed={gateFailed} />
      )}
      <div className="row">
        <Button type="submit" variant="primary" busy={start.isPending} disabled={gateFailed && !release.force}>
          {t(what === 'model' ? 'deployments.rollOut' : 'actions.save')}
        </Button>
        <Button onClick={onClose}>{t('actions.cancel')}</Button>
      </div>
    </form>
  )
}

/** Asks which model goes into service under this name, and how. */
export const RollOutDialog = (props: Props) => {
  const { t } = useTranslation()
  const query = useQuery(read('listModels', {}))
  return (
    <Dialog
      title={t(props.what === 'model' ? 'deployments.rollOutTitle' : 'deployments.idleTitle')}
      onClose={props.onClose}
    >
      <Loaded query={query}>{({ data }) => <Form {...props} models={data} />}</Loaded>
    </Dialog>
  )
}
