import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import type { Deployment as DeploymentData } from '../../../contract/deployments'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { Button } from '../../ui/button'
import { Card, Facts, Page } from '../../ui/page'
import { ErrorNote, Loaded } from '../../ui/states'
import { useFormats } from '../../ui/use-formats'
import { ModelLink, useModelName } from '../models/model-link'
import { Canary } from './canary'
import { DeploymentActions, useRollBack } from './deployment-actions'
import { DeploymentBadge } from './deployment-badge'
import { DeploymentUsage } from './deployment-usage'
import { Engine } from './engine'
import { History } from './history'
import { Replicas } from './replicas'
import { isMoving, rollBackTarget } from './roll-back'
import { RollOutNote } from './roll-out-note'
import { Traffic } from './traffic'

/** The roll-out that was started in this view; `back`: a roll-back, which can be undone from where it is told. */
interface Started {
  jobId: string
  back: { model: string; from: number } | null
}

/** Roll-outs to this name that wait for a person. */
const Waiting = ({ name }: { name: string }) => {
  const { t } = useTranslation()
  const { data } = useQuery({
    ...read('listApprovals', { query: { status: 'pending', limit: 100 } }),
    refetchInterval: 10_000,
  })
  return data?.data
    .filter(({ deployment }) => deployment === name)
    .map(({ id, model }) => (
      <p key={id} className="note warn">
        <ModelLink id={model} /> <Link to={paths.approval(id)}>{t('deployments.waits')}</Link>
      </p>
    ))
}

const About = ({ deployment }: { deployment: DeploymentData }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { id, status, model, forge, generation, serving_generation: serving, created_at } = deployment
  return (
    <Card title={t('deployments.about')}>
      <Facts
        of={[
          [t('deployments.state'), <DeploymentBadge key="status" status={status} />],
          [t('deployments.model'), model === null ? t('deployments.noModel') : <ModelLink key="model" id={model} />],
          [t('deployments.engineColumn'), forge.engine === null ? null : <Engine key="engine" of={forge} />],
          [t('deployments.generation'), serving === null ? null : format.number(serving)],
          [t('deployments.newest'), serving === generation ? null : format.number(generation)],
          [t('deployments.created'), format.time(created_at)],
          [
            t('deployments.id'),
            <span key="id" className="mono">
              {id}
            </span>,
          ],
        ]}
      />
    </Card>
  )
}

const Content = ({ deployment }: { deployment: DeploymentData }) => {
  const { t } = useTranslation()
  const nameOf = useModelName()
  const [started, setStarted] = useState<Started | null>(null)
  const rollBack = useRollBack(deployment.id, (job, to) =>
    setStarted({ jobId: job.id, back: { model: to.model, from: deployment.generation } }),
  )
  const undoTo = rollBackTarget(deployment.history)
  // before its generation is there, the way back is not yet the way forth again
  const canUndo =
    started?.back && deployment.generation > started.back.from && deployment.history[0]?.state !== 'failed'
  return (
    <Page
      title={deployment.name}
      actions={
        <DeploymentActions
          deployment={deployment}
          rollBack={rollBack}
          onStarted={(job) => setStarted({ jobId: job.id, back: null })}
        />
      }
    >
      {rollBack.isError && <ErrorNote error={rollBack.error} />}
      {started && (
        <RollOutNote
          key={started.jobId}
          jobId={started.jobId}
          title={
            started.back === null
              ? t('deployments.rollsOut')
              : t('deployments.rollsBack', { model: nameOf(started.back.model) })
          }
        >
          {canUndo && undoTo && (
            <Button busy={rollBack.isPending} onClick={() => rollBack.mutate(undoTo)}>
              {t('deployments.undo', { model: nameOf(undoTo.model) })}
            </Button>
          )}
        </RollOutNote>
      )}
      <Waiting name={deployment.name} />
      <DeploymentUsage id={deployment.id} />
      <Traffic id={deployment.id} />
      <About deployment={deployment} />
      <Canary deployment={deployment} />
      <Replicas deployment={deployment} />
      <History deployment={deployment} />
    </Page>
  )
}

/** One deployment: its engines, what it took, which models served when, and the way back. */
const Deployment = () => {
  const { id = '' } = useParams()
  const query = useQuery({
    ...read('getDeployment', { params: { id } }),
    refetchInterval: ({ state }) => (state.data && !isMoving(state.data) ? 10_000 : 3000),
  })
  return <Loaded query={query}>{(deployment) => <Content deployment={deployment} />}</Loaded>
}
export default Deployment
