import { useTranslation } from 'react-i18next'
import type { DatasetVersion } from '../../../contract/datasets'
import { Card } from '../../ui/page'
import { Field } from '../../ui/field'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { differenceOf } from './difference'
import { languageName } from './languages'

interface Line {
  name: string
  before: number
  after: number
}

const Changes = ({ before, after }: { before: DatasetVersion; after: DatasetVersion }) => {
  const { t, i18n } = useTranslation()
  const format = useFormats()
  const { counts, languages, dropped, columnsAdded, columnsGone, sameRows } = differenceOf(before, after)
  const lines: Line[] = [
    ...counts.map((change) => ({ ...change, name: t(`datasets.count.${change.name}`) })),
    ...languages.map((change) => ({
      ...change,
      name: t('datasets.rowsIn', {
        language: change.name === 'und' ? t('datasets.unknownLanguage') : languageName(change.name, i18n.language),
      }),
    })),
    ...dropped.map((change) => ({ ...change, name: t(`datasets.leftOut.${change.name}`) })),
  ]
  const signed = ({ before: from, after: to }: Line): string =>
    to === from ? '–' : format.number(to - from, { signDisplay: 'always' })
  return (
    <>
      {sameRows && <p className="note">{t('datasets.sameRows')}</p>}
      <Table
        label={t('datasets.difference')}
        keyOf={({ name }) => name}
        rows={lines}
        columns={[
          { title: t('datasets.what'), cell: ({ name }) => name },
          {
            title: t('datasets.versionNumber', { version: before.version }),
            cell: (line) => format.number(line.before),
            isNumber: true,
          },
          {
            title: t('datasets.versionNumber', { version: after.version }),
            cell: (line) => format.number(line.after),
            isNumber: true,
          },
          { title: t('datasets.change'), cell: signed, isNumber: true },
        ]}
      />
      {columnsAdded.length > 0 && <p>{t('datasets.columnsAdded', { columns: columnsAdded.join(', ') })}</p>}
      {columnsGone.length > 0 && <p>{t('datasets.columnsGone', { columns: columnsGone.join(', ') })}</p>}
    </>
  )
}

/** What differs between the version on show and another one, which stands in the address. */
export const Compare = ({
  versions,
  shown,
  against,
  onAgainst,
}: {
  versions: readonly DatasetVersion[]
  shown: DatasetVersion
  against: DatasetVersion | undefined
  onAgainst: (version: string) => void
}) => {
  const { t } = useTranslation()
  if (versions.length < 2) return null
  return (
    <Card title={t('datasets.difference')}>
      <div className="stack">
        <Field label={t('datasets.against')}>
          {(control) => (
            <select {...control} value={against?.version ?? ''} onChange={({ target }) => onAgainst(target.value)}>
              <option value="">{t('datasets.noVersion')}</option>
              {versions
                .filter(({ id }) => id !== shown.id)
                .map(({ id, version }) => (
                  <option key={id} value={version}>
                    {t('datasets.versionNumber', { version })}
                  </option>
                ))}
            </select>
          )}
        </Field>
        {against !== undefined && against.id !== shown.id && <Changes before={against} after={shown} />}
      </div>
    </Card>
  )
}
