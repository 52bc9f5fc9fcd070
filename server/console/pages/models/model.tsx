import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import type { Model as ModelData } from '../../../contract/models'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { useMay } from '../../session'
import { Button } from '../../ui/button'
import { Card, Page } from '../../ui/page'
import { ErrorNote, Loaded, Loading } from '../../ui/states'
import { RollOutNote } from '../deployments/roll-out-note'
import { useDatasetOf } from './dataset-link'
import { DeleteModelDialog } from './delete-model'
import { dependentsOf } from './dependents'
import { DeployModelDialog } from './deploy-model'
import { isOf, lineageOf } from './lineage'
import { LineageView } from './lineage-view'
import { ModelFacts, ModelMetrics } from './model-facts'
import { Artifacts, Checkpoints, Evaluations } from './model-parts'
import { useRelated, type Related } from './related'

interface Props {
  model: ModelData
  related: Related
}

const Actions = ({ model, related, onStarted }: Props & { onStarted: (jobId: string) => void }) => {
  const { t } = useTranslation()
  const mayWrite = useMay('write')
  const mayGenerate = useMay('generate')
  const [dialog, setDialog] = useState<'deploy' | 'delete' | null>(null)
  const close = (): void => setDialog(null)
  return (
    <>
      {mayGenerate && model.forge.callable && (
        <Link className="button" to={paths.playground([model.id])}>
          {t('models.tryIt')}
        </Link>
      )}
      {mayWrite && (
        <Button variant="primary" onClick={() => setDialog('deploy')}>
          {t('models.deploy')}
        </Button>
      )}
      {mayWrite && model.kind === 'adapter' && (
        <Button variant="danger" disabled={!related.isComplete} onClick={() => setDialog('delete')}>
          {t('models.delete')}
        </Button>
      )}
      {dialog === 'deploy' && (
        <DeployModelDialog
          model={model}
          deployments={related.deployments}
          onClose={close}
          onStarted={({ id }) => {
            close()
            onStarted(id)
          }}
        />
      )}
      {dialog === 'delete' && (
        <DeleteModelDialog
          model={model}
          dependents={dependentsOf(model, related.models, related.deployments)}
          onClose={close}
        />
      )}
    </>
  )
}

const LineageCard = ({ model, related }: Props) => {
  const { t } = useTranslation()
  const dataset = useDatasetOf(model.dataset_version_id)
  return (
    <Card title={t('models.lineage')}>
      {related.isComplete ? <LineageView lineage={lineageOf({ model, dataset, ...related })} /> : <Loading />}
    </Card>
  )
}

const Content = ({ model, related }: Props) => {
  const { t } = useTranslation()
  const [started, setStarted] = useState<string | null>(null)
  return (
    <Page title={model.name} actions={<Actions model={model} related={related} onStarted={setStarted} />}>
      {related.error && <ErrorNote error={related.error} />}
      {started !== null && <RollOutNote key={started} jobId={started} title={t('deployments.rollsOut')} />}
      <LineageCard model={model} related={related} />
      <div className="columns">
        <ModelFacts model={model} />
        {model.kind === 'adapter' && <ModelMetrics model={model} />}
      </div>
      <Evaluations evaluations={related.evaluations.filter((evaluation) => isOf(evaluation, model))} />
      {model.checkpoints.length > 0 && <Checkpoints model={model} />}
      {model.artifacts.length > 0 && <Artifacts model={model} />}
    </Page>
  )
}

/** One model: where it came from and what became of it, its figures, its files, and what can be done with it. */
const Model = () => {
  const { id = '' } = useParams()
  // no event tells of a verdict on it or of a checkpoint
  const query = useQuery({ ...read('getModel', { params: { id } }), refetchInterval: 10_000 })
  const related = useRelated()
  return <Loaded query={query}>{(model) => <Content model={model} related={related} />}</Loaded>
}
export default Model
