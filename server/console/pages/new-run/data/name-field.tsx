import { useTranslation } from 'react-i18next'
import { Field } from '../../../ui/field'
import { isDatasetName } from './names'

/** What the dataset is called. A name that is there gets a new version. */
export const NameField = ({ value, onChange }: { value: string; onChange: (name: string) => void }) => {
  const { t } = useTranslation()
  return (
    <Field
      label={t('newRun.data.name')}
      hint={t('newRun.data.nameHint')}
      wrong={isDatasetName(value) ? undefined : t('newRun.data.nameRule')}
    >
      {(control) => <input {...control} value={value} size={36} onChange={({ target }) => onChange(target.value)} />}
    </Field>
  )
}
