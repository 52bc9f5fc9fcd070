import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Model } from '../../../contract/models'
import { paths } from '../../paths'
import { Badge } from '../../ui/badge'
import { Card, Facts } from '../../ui/page'
import { useFormats } from '../../ui/use-formats'
import { Engine } from '../deployments/engine'
import { DatasetLink } from './dataset-link'
import { GateBadge } from './gate-badge'
import { ModelLink } from './model-link'
import { numbersOf } from './model-metrics'

/** Whether a call may name the model, in words. */
export const Callable = ({ model: { forge, gate } }: { model: Model }) => {
  const { t } = useTranslation()
  if (forge.callable) return <Badge tone="good">{t('models.callable')}</Badge>
  return <Badge tone="warn">{t(gate === 'failed' ? 'models.notCallableGate' : 'models.notCallableProject')}</Badge>
}

/** What a model is and where it came from. */
export const ModelFacts = ({ model }: { model: Model }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { id, kind, base_model: base, parent, job_id, dataset_version_id: version, created, artifacts } = model
  const isTuned = kind === 'adapter'
  return (
    <Card title={t('models.about')}>
      <Facts
        of={[
          [
            t('models.id'),
            <span key="id" className="mono">
              {id}
            </span>,
          ],
          [t('models.base'), isTuned ? <ModelLink key="base" id={base} /> : null],
          [t('models.parent'), parent !== null && parent !== base ? <ModelLink key="parent" id={parent} /> : null],
          [t('models.data'), version === null ? null : <DatasetLink key="data" versionId={version} />],
          [
            t('models.trainedBy'),
            job_id && (
              <Link key="job" to={paths.job(job_id)}>
                {job_id}
              </Link>
            ),
          ],
          [t('models.gate'), isTuned ? <GateBadge key="gate" gate={model.gate} /> : null],
          [t('models.calls'), <Callable key="callable" model={model} />],
          [t('deployments.engineColumn'), <Engine key="engine" of={model.forge} />],
          [t('models.size'), isTuned ? format.bytes(artifacts.reduce((sum, { bytes }) => sum + bytes, 0)) : null],
          [t('models.created'), created === 0 ? null : format.time(new Date(created * 1000).toISOString())],
        ]}
      />
    </Card>
  )
}

/** The figures of its training. */
export const ModelMetrics = ({ model: { metrics } }: { model: Model }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const numbers = numbersOf(metrics)
  const name = (metric: string): string => t(`models.metric.${metric}`, t(`metric.${metric}`, metric))
  return (
    <Card title={t('models.metrics')}>
      {numbers.length === 0 ? (
        <p className="muted">{t('models.noMetrics')}</p>
      ) : (
        <Facts
          of={numbers.map(([metric, value]) => [name(metric), format.number(value, { maximumSignificantDigits: 5 })])}
        />
      )}
      {Object.keys(metrics).length > numbers.length && (
        <details>
          <summary>{t('models.allMetrics')}</summary>
          <pre>{JSON.stringify(metrics, null, 2)}</pre>
        </details>
      )}
    </Card>
  )
}
