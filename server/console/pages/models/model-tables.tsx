import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Model } from '../../../contract/models'
import { paths } from '../../paths'
import { Table, type Column } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { Engine } from '../deployments/engine'
import { DatasetLink } from './dataset-link'
import { GateBadge } from './gate-badge'
import { Callable } from './model-facts'
import { ModelLink } from './model-link'
import { mainLoss } from './model-metrics'

const useColumns = (chosen: readonly string[], onToggle: (id: string) => void): Column<Model>[] => {
  const { t } = useTranslation()
  const format = useFormats()
  return [
    {
      title: t('models.choose'),
      cell: ({ id, name }) => (
        <input
          type="checkbox"
          aria-label={t('models.chooseOne', { name })}
          checked={chosen.includes(id)}
          onChange={() => onToggle(id)}
        />
      ),
    },
    { title: t('models.model'), cell: ({ id, name }) => <Link to={paths.model(id)}>{name}</Link> },
    { title: t('models.base'), cell: ({ base_model }) => <ModelLink id={base_model} /> },
    {
      title: t('models.data'),
      cell: ({ dataset_version_id: version }) => (version === null ? '–' : <DatasetLink versionId={version} />),
    },
    { title: t('models.gate'), cell: ({ gate }) => <GateBadge gate={gate} /> },
    {
      title: t('models.loss'),
      cell: ({ metrics }) => {
        const loss = mainLoss(metrics)
        if (loss === null) return '–'
        return (
          <span title={t(`models.metric.${loss.name}`)}>
            {format.number(loss.value, { maximumSignificantDigits: 4 })}
          </span>
        )
      },
      isNumber: true,
    },
    { title: t('models.calls'), cell: (model) => <Callable model={model} /> },
    {
      title: t('models.created'),
      cell: ({ created }) => {
        const at = new Date(created * 1000).toISOString()
        return <span title={format.time(at)}>{format.ago(at)}</span>
      },
    },
  ]
}

/** Tuned models; two of them, or one and its base, can be chosen for a comparison. */
export const TunedModels = ({ models, bases }: { models: readonly Model[]; bases: readonly Model[] }) => {
  const { t } = useTranslation()
  const [chosen, setChosen] = useState<string[]>([])
  const toggle = (id: string): void =>
    // a third one takes the place of the one that was chosen first
    setChosen((before) => (before.includes(id) ? before.filter((other) => other !== id) : [...before.slice(-1), id]))
  const columns = useColumns(chosen, toggle)
  const [only] = chosen
  const base = models.find(({ id }) => id === only)?.base_model
  const withBase =
    chosen.length === 1 && only !== undefined && bases.some(({ id }) => id === base) ? [only, base] : null
  const pair = chosen.length === 2 ? chosen : null
  return (
    <section className="stack">
      <div className="row">
        {pair && (
          <Link className="button" to={comparePath(pair)}>
            {t('models.compare')}
          </Link>
        )}
        {withBase && (
          <Link className="button" to={comparePath(withBase as string[])}>
            {t('models.compareBase')}
          </Link>
        )}
        {!pair && <span className="muted">{t('models.chooseTwo')}</span>}
      </div>
      <Table label={t('models.tuned')} columns={columns} rows={models} keyOf={({ id }) => id} />
    </section>
  )
}

const comparePath = (ids: readonly string[]): string =>
  `${paths.models()}?compare=${ids.map(encodeURIComponent).join(',')}`

/** The models that Forge knows by name, to train from or to call. */
export const BaseModels = ({ models }: { models: readonly Model[] }) => {
  const { t } = useTranslation()
  return (
    <section>
      <h2>{t('models.bases')}</h2>
      <Table
        label={t('models.bases')}
        rows={models}
        keyOf={({ id }) => id}
        columns={[
          { title: t('models.model'), cell: ({ id, name }) => <Link to={paths.model(id)}>{name}</Link> },
          { title: t('deployments.engineColumn'), cell: ({ forge }) => <Engine of={forge} /> },
          { title: t('models.calls'), cell: (model) => <Callable model={model} /> },
        ]}
      />
    </section>
  )
}
