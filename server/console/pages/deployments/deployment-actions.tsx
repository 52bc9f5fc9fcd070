import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Deployment } from '../../../contract/deployments'
import type { Job } from '../../../contract/jobs'
import { call } from '../../api/client'
import { paths } from '../../paths'
import { useMay } from '../../session'
import { Button } from '../../ui/button'
import { isOnDemand } from '../models/dependents'
import { useModelName } from '../models/model-link'
import { rollBackTarget, type Generation } from './roll-back'
import { RollOutDialog } from './roll-out'
import { StopDialog } from './stop'

/** Brings back the generation before; gives the job that does it. */
export const useRollBack = (id: string, onStarted: (job: Job, to: Generation) => void) =>
  useMutation({
    mutationFn: async (to: Generation) => ({
      to,
      job: await call('updateDeployment', { params: { id }, body: { roll_back: true } }),
    }),
    onSuccess: ({ job, to }) => onStarted(job, to),
  })

interface Props {
  deployment: Deployment
  rollBack: ReturnType<typeof useRollBack>
  onStarted: (job: Job) => void
}

/** What can be done with a deployment. */
export const DeploymentActions = ({ deployment, rollBack, onStarted }: Props) => {
  const { t } = useTranslation()
  const mayWrite = useMay('write')
  const mayGenerate = useMay('generate')
  const nameOf = useModelName()
  const [dialog, setDialog] = useState<'model' | 'idle' | 'stop' | null>(null)
  const target = rollBackTarget(deployment.history)
  const close = (): void => setDialog(null)
  if (isOnDemand(deployment)) return null
  return (
    <>
      {mayGenerate && deployment.status !== 'stopped' && (
        <Link className="button" to={paths.playground([deployment.name])}>
          {t('models.tryIt')}
        </Link>
      )}
      {mayWrite && (
        <>
          {target && (
            <Button
              busy={rollBack.isPending}
              title={t('deployments.rollBackMeaning', { model: nameOf(target.model), generation: target.generation })}
              onClick={() => rollBack.mutate(target)}
            >
              {t('deployments.rollBack')}
            </Button>
          )}
          <Button onClick={() => setDialog('model')}>{t('deployments.rollOutTitle')}</Button>
          {deployment.status !== 'stopped' && (
            <>
              <Button onClick={() => setDialog('idle')}>{t('deployments.idleTitle')}</Button>
              <Button variant="danger" onClick={() => setDialog('stop')}>
                {t('deployments.stop')}
              </Button>
            </>
          )}
        </>
      )}
      {(dialog === 'model' || dialog === 'idle') && (
        <RollOutDialog
          deployment={deployment}
          what={dialog}
          onClose={close}
          onStarted={(job) => {
            close()
            onStarted(job)
          }}
        />
      )}
      {dialog === 'stop' && <StopDialog deployment={deployment} onClose={close} />}
    </>
  )
}
