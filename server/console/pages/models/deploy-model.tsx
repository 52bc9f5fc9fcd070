import { useMutation } from '@tanstack/react-query'
import { useId, useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Deployment } from '../../../contract/deployments'
import type { Job } from '../../../contract/jobs'
import type { Model } from '../../../contract/models'
import { call } from '../../api/client'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Field } from '../../ui/field'
import { ErrorNote } from '../../ui/states'
import { isDeploymentName, releaseBody, type Release } from '../deployments/release'
import { IdleField, ReleaseFields } from '../deployments/release-fields'
import { isOnDemand } from './dependents'

/** Asks under which name a model goes into service, and how. */
export const DeployModelDialog = ({
  model,
  deployments,
  onClose,
  onStarted,
}: {
  model: Model
  deployments: readonly Deployment[]
  onClose: () => void
  onStarted: (job: Job) => void
}) => {
  const { t } = useTranslation()
  const listId = useId()
  const [name, setName] = useState('')
  const [release, setRelease] = useState<Release>({ idle: '300', requireApproval: false, force: false, reason: '' })
  const start = useMutation({
    mutationFn: () => call('createDeployment', { body: { name, model: model.id, ...releaseBody(release) } }),
    onSuccess: onStarted,
  })
  const gateFailed = model.gate === 'failed'
  const isWrong = name !== '' && !isDeploymentName(name)
  const existing = deployments.filter((deployment) => !isOnDemand(deployment))
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (isDeploymentName(name)) start.mutate()
  }
  return (
    <Dialog title={t('models.deployTitle', { name: model.name })} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {start.isError && <ErrorNote error={start.error} />}
        <Field
          label={t('deployments.name')}
          hint={t(existing.some((other) => other.name === name) ? 'models.deployExisting' : 'models.deployNameHint')}
          wrong={isWrong ? t('models.deployNameWrong') : undefined}
        >
          {(control) => (
            <input
              {...control}
              required
              autoComplete="off"
              spellCheck={false}
              list={listId}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <datalist id={listId}>
          {existing.map(({ id, name: other }) => (
            <option key={id} value={other} />
          ))}
        </datalist>
        <IdleField
          value={release.idle}
          maySame={false}
          onChange={(idle) => setRelease((before) => ({ ...before, idle }))}
        />
        <ReleaseFields release={release} onChange={setRelease} gateFailed={gateFailed} />
        <div className="row">
          <Button type="submit" variant="primary" busy={start.isPending} disabled={gateFailed && !release.force}>
            {t('models.deploy')}
          </Button>
          <Button onClick={onClose}>{t('actions.cancel')}</Button>
        </div>
      </form>
    </Dialog>
  )
}
