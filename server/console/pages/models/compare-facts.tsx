import { useQueries } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Model } from '../../../contract/models'
import type { Usage } from '../../../contract/usage'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { DatasetLink } from './dataset-link'
import { GateBadge } from './gate-badge'
import { ModelLink } from './model-link'
import { mainLoss } from './model-metrics'

type Side = Model & { usage: Usage | undefined }
interface Row {
  name: string
  cell: (side: Side) => ReactNode
}

const useRows = (): Row[] => {
  const { t } = useTranslation()
  const format = useFormats()
  const metered = (usage: Usage | undefined, show: (usage: Usage) => string): string =>
    usage === undefined || usage.method === null ? '–' : show(usage)
  return [
    { name: t('models.model'), cell: ({ id, name }) => <Link to={paths.model(id)}>{name}</Link> },
    { name: t('models.base'), cell: ({ base_model }) => <ModelLink id={base_model} /> },
    {
      name: t('models.data'),
      cell: ({ dataset_version_id: version }) => (version === null ? '–' : <DatasetLink versionId={version} />),
    },
    { name: t('models.gate'), cell: ({ gate }) => <GateBadge gate={gate} /> },
    {
      name: t('models.loss'),
      cell: ({ metrics }) => {
        const loss = mainLoss(metrics)
        return loss === null ? '–' : format.number(loss.value, { maximumSignificantDigits: 4 })
      },
    },
    {
      name: t('models.trainingEnergy'),
      cell: ({ usage }) => metered(usage, ({ energy_joules }) => format.energy(energy_joules)),
    },
    {
      name: t('models.trainingCost'),
      cell: ({ usage }) => metered(usage, ({ cost, currency }) => format.money(cost, currency)),
    },
  ]
}

/** What two models are, and what their training took. */
export const CompareFacts = ({ models, names }: { models: readonly Model[]; names: readonly string[] }) => {
  const { t } = useTranslation()
  const rows = useRows()
  const jobs = useQueries({
    queries: models.map(({ job_id: id }) => ({
      ...read('getJob', { params: { id: id ?? '' } }),
      enabled: id !== null,
    })),
  })
  const sides = models.map((model, place): Side => ({ ...model, usage: jobs[place]?.data?.usage }))
  return (
    <Table
      label={t('models.about')}
      rows={rows}
      keyOf={({ name }) => name}
      columns={[
        { title: t('models.fact'), cell: ({ name }) => name },
        ...sides.map((side, place) => ({ title: names[place] ?? side.id, cell: ({ cell }: Row) => cell(side) })),
      ]}
    />
  )
}
