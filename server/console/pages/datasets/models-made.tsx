import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DatasetVersion } from '../../../contract/datasets'
import type { Model } from '../../../contract/models'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { Badge } from '../../ui/badge'
import { Card } from '../../ui/page'
import { Loaded } from '../../ui/states'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'

/** The models that were trained on one of these versions. */
export const modelsOf = (models: readonly Model[], versions: readonly DatasetVersion[]): Model[] =>
  models.filter(({ dataset_version_id: of }) => versions.some(({ id }) => id === of))

/** Which models came from the dataset, and from which version of it. */
export const ModelsMade = ({ versions }: { versions: readonly DatasetVersion[] }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const query = useQuery(read('listModels', {}))
  return (
    <Card title={t('datasets.models')}>
      <Loaded query={query}>
        {({ data }) => {
          const models = modelsOf(data, versions)
          if (models.length === 0) return <p className="muted">{t('datasets.noModels')}</p>
          return (
            <Table
              label={t('datasets.models')}
              keyOf={({ id }) => id}
              rows={models}
              columns={[
                { title: t('datasets.model'), cell: ({ id, name }) => <Link to={paths.model(id)}>{name}</Link> },
                {
                  title: t('datasets.version'),
                  cell: ({ dataset_version_id: of }) => versions.find(({ id }) => id === of)?.version,
                  isNumber: true,
                },
                {
                  title: t('datasets.gate'),
                  cell: ({ gate }) =>
                    gate === null ? (
                      <Badge tone="idle">{t('datasets.gates.none')}</Badge>
                    ) : (
                      <Badge tone={gate === 'passed' ? 'good' : 'bad'}>{t(`datasets.gates.${gate}`)}</Badge>
                    ),
                },
                {
                  title: t('datasets.created'),
                  cell: ({ created }) => format.time(new Date(created * 1000).toISOString()),
                },
              ]}
            />
          )
        }}
      </Loaded>
    </Card>
  )
}
