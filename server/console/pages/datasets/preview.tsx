import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DatasetVersion } from '../../../contract/datasets'
import { read } from '../../api/query'
import { Card } from '../../ui/page'
import { Loaded } from '../../ui/states'
import { Samples, type ShownRow } from './samples'

const parts = ['train', 'validation'] as const

/** The first rows of a version: those that are learned from, or those that are held back. */
export const Preview = ({ version: { id } }: { version: DatasetVersion }) => {
  const { t } = useTranslation()
  const [part, setPart] = useState<(typeof parts)[number]>('train')
  const query = useQuery(read('previewDataset', { params: { id }, query: { part, limit: 20 } }))
  return (
    <Card title={t('datasets.preview')}>
      <div className="stack">
        <div className="row" role="radiogroup" aria-label={t('datasets.preview')}>
          {parts.map((name) => (
            <label key={name} className="choice">
              <input type="radio" name="part" checked={part === name} onChange={() => setPart(name)} />
              {t(`datasets.parts.${name}`)}
            </label>
          ))}
        </div>
        <Loaded query={query}>
          {({ rows }) =>
            rows.length === 0 ? (
              <p className="muted">{t('datasets.noRows')}</p>
            ) : (
              <Samples label={t(`datasets.parts.${part}`)} rows={rows as unknown as ShownRow[]} />
            )
          }
        </Loaded>
      </div>
    </Card>
  )
}
