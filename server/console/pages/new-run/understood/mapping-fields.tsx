import { useTranslation } from 'react-i18next'
import type { Reading } from './reading'
import { TemplateField } from './template-field'

/** How prompt and completion are made of the columns. */
export const MappingFields = ({
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
    <>
      <p className="muted">{t('newRun.understood.mappingMeaning')}</p>
      {columns.length === 0 && (
        <p className="note warn">{t('newRun.understood.columnsUnknown', { ex: '{{ name }}' })}</p>
      )}
      <TemplateField
        label={t('newRun.understood.prompt')}
        hint={t('newRun.understood.promptHint')}
        columns={columns}
        value={reading.prompt}
        onChange={(prompt) => onChange({ prompt })}
      />
      <TemplateField
        label={t('newRun.understood.completion')}
        hint={t('newRun.understood.completionHint')}
        columns={columns}
        value={reading.completion}
        onChange={(completion) => onChange({ completion })}
      />
      <details open={reading.system !== ''}>
        <summary>{t('newRun.understood.withSystem')}</summary>
        <TemplateField
          label={t('newRun.understood.system')}
          hint={t('newRun.understood.systemHint')}
          columns={columns}
          value={reading.system}
          onChange={(system) => onChange({ system })}
        />
      </details>
    </>
  )
}
