import { useTranslation } from 'react-i18next'
import { Field } from '../../../ui/field'
import type { Reading } from './reading'

/** Of a product export: the text that the model shall learn to write. */
export const ProductFields = ({
  reading,
  columns,
  onChange,
}: {
  reading: Reading
  columns: readonly string[]
  onChange: (part: Partial<Reading>) => void
}) => {
  const { t } = useTranslation()
  return (
    <div className="row top-aligned">
      <Field label={t('newRun.understood.text')} hint={t('newRun.understood.textHint')}>
        {(control) => (
          <select
            {...control}
            value={reading.textColumn}
            onChange={({ target }) => onChange({ textColumn: target.value })}
          >
            <option value="">{t('newRun.understood.description')}</option>
            {columns.map((column) => (
              <option key={column}>{column}</option>
            ))}
          </select>
        )}
      </Field>
      {reading.textColumn !== '' && (
        <>
          <Field label={t('newRun.understood.language')} hint={t('newRun.understood.languageHint')}>
            {(control) => (
              <input
                {...control}
                size={6}
                maxLength={10}
                value={reading.language}
                onChange={({ target }) => onChange({ language: target.value.trim() })}
              />
            )}
          </Field>
          <Field label={t('newRun.understood.channel')} hint={t('newRun.understood.channelHint')}>
            {(control) => (
              <input
                {...control}
                size={14}
                maxLength={60}
                value={reading.channel}
                onChange={({ target }) => onChange({ channel: target.value })}
              />
            )}
          </Field>
        </>
      )}
    </div>
  )
}
