import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Evaluation } from '../../../contract/evaluations'
import type { Model } from '../../../contract/models'
import { urlOf } from '../../api/client'
import { paths } from '../../paths'
import { CopyButton } from '../../ui/copy-button'
import { Card } from '../../ui/page'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { DatasetLink } from './dataset-link'
import { GateBadge } from './gate-badge'

/** The files of a model, to take away. */
export const Artifacts = ({ model: { id, artifacts } }: { model: Model }) => {
  const { t } = useTranslation()
  const format = useFormats()
  return (
    <Card title={t('models.artifacts')}>
      <Table
        label={t('models.artifacts')}
        rows={artifacts}
        keyOf={({ name }) => name}
        columns={[
          {
            title: t('models.file'),
            cell: ({ name }) => (
              <a href={urlOf('getModelContent', { params: { id, name } })} download={name}>
                {name}
              </a>
            ),
          },
          { title: t('models.size'), cell: ({ bytes }) => format.bytes(bytes), isNumber: true },
          {
            title: 'SHA-256',
            cell: ({ sha256 }) => (
              <span className="mono" title={sha256}>
                {sha256.slice(0, 12)}
              </span>
            ),
          },
        ]}
      />
    </Card>
  )
}

/** The checkpoints of its training: each can be called, judged, or trained on from under its name. */
export const Checkpoints = ({ model: { checkpoints } }: { model: Model }) => {
  const { t } = useTranslation()
  const format = useFormats()
  return (
    <Card title={t('models.checkpoints')}>
      <p className="muted">{t('models.checkpointsMeaning')}</p>
      <Table
        label={t('models.checkpoints')}
        rows={checkpoints}
        keyOf={({ model }) => model}
        columns={[
          { title: t('models.stepColumn'), cell: ({ step }) => format.number(step), isNumber: true },
          { title: t('models.created'), cell: ({ created_at }) => format.time(created_at) },
          { title: t('models.id'), cell: ({ model }) => <span className="mono">{model}</span> },
          {
            title: t('models.use'),
            cell: ({ model }) => (
              <span className="row">
                <CopyButton text={model} label={t('models.copyId')} />
                <Link to={paths.playground([model])}>{t('models.tryIt')}</Link>
              </span>
            ),
          },
        ]}
      />
    </Card>
  )
}

/** The evaluations of a model, newest first. */
export const Evaluations = ({ evaluations }: { evaluations: readonly Evaluation[] }) => {
  const { t } = useTranslation()
  const format = useFormats()
  return (
    <Card title={t('models.evaluations')}>
      {evaluations.length === 0 ? (
        <p className="muted">{t('models.noEvaluations')}</p>
      ) : (
        <Table
          label={t('models.evaluations')}
          rows={evaluations}
          keyOf={({ id }) => id}
          columns={[
            {
              title: t('evaluation.created'),
              cell: ({ id, created_at }) => <Link to={paths.evaluation(id)}>{format.time(created_at)}</Link>,
            },
            {
              title: t('models.gate'),
              cell: ({ result }) => <GateBadge gate={result.gate.passed ? 'passed' : 'failed'} />,
            },
            {
              title: t('evaluation.metrics.loss'),
              cell: ({ result: { model } }) =>
                model.all.loss === undefined ? '–' : format.number(model.all.loss, { maximumSignificantDigits: 4 }),
              isNumber: true,
            },
            { title: t('evaluation.data'), cell: (row) => <DatasetLink versionId={row.dataset_version_id} /> },
          ]}
        />
      )}
    </Card>
  )
}
