import { useTranslation } from 'react-i18next'
import type { Model } from '../../../contract/models'

/** Chooses a model that can be talked to. One that only the address names, such as a checkpoint, stands among them. */
export const ModelChoice = ({
  label,
  value,
  models,
  none,
  onChange,
}: {
  label: string
  value: string
  models: readonly Model[]
  /** the name of choosing none, where that can be chosen */
  none?: string
  onChange: (model: string) => void
}) => {
  const { t } = useTranslation()
  const isKnown = value === '' || models.some(({ id }) => id === value)
  return (
    <select aria-label={label} value={value} onChange={({ target }) => onChange(target.value)}>
      {none !== undefined && <option value="">{none}</option>}
      {!isKnown && <option value={value}>{value}</option>}
      {models.map(({ id, name, kind }) => (
        <option key={id} value={id}>
          {t('playground.modelOption', { name, kind: t(`playground.kinds.${kind}`) })}
        </option>
      ))}
    </select>
  )
}
