import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DatasetVersion } from '../../../contract/datasets'
import { paths } from '../../paths'
import { Card } from '../../ui/page'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'

/** The versions, newest first: which is on show, and the way to the others. */
export const Versions = ({
  versions,
  shown,
  addressOf,
}: {
  versions: readonly DatasetVersion[]
  shown: DatasetVersion
  addressOf: (version: number) => string
}) => {
  const { t } = useTranslation()
  const format = useFormats()
  const numberOf = (id: string | null) => versions.find((version) => version.id === id)?.version
  return (
    <Card title={t('datasets.versions')}>
      <Table
        label={t('datasets.versions')}
        keyOf={({ id }) => id}
        rows={versions}
        columns={[
          {
            title: t('datasets.version'),
            cell: ({ id, version }) =>
              id === shown.id ? (
                <strong aria-current="true">{t('datasets.shown', { version })}</strong>
              ) : (
                <Link to={addressOf(version)}>{t('datasets.versionNumber', { version })}</Link>
              ),
          },
          { title: t('datasets.trainRows'), cell: ({ rows }) => format.number(rows), isNumber: true },
          {
            title: t('datasets.validationRows'),
            cell: ({ validation_rows }) => format.number(validation_rows),
            isNumber: true,
          },
          {
            title: t('datasets.appendedTo'),
            cell: ({ parent_version_id: id }) => numberOf(id) ?? (id === null ? '' : id),
          },
          { title: t('datasets.created'), cell: ({ created_at }) => format.time(created_at) },
          { title: t('datasets.madeBy'), cell: ({ job_id }) => <Link to={paths.job(job_id)}>{t('kind.ingest')}</Link> },
        ]}
      />
    </Card>
  )
}
