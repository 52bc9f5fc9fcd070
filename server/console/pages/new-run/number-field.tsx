import { useTranslation } from 'react-i18next'
import { Field } from '../../ui/field'
import { isWithin, type Range } from './range'

/** A number, or nothing: what is left empty is null. */
export const NumberField = ({
  label,
  hint,
  value,
  onChange,
  range,
  step = 'any',
}: {
  label: string
  hint?: string
  value: number | null
  onChange: (value: number | null) => void
  range: Range
  step?: number | 'any'
}) => {
  const { t } = useTranslation()
  const wrong = isWithin(value, range) ? undefined : t('newRun.outOfRange', { min: range.min, max: range.max })
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(control) => (
        <input
          {...control}
          type="number"
          inputMode="decimal"
          min={range.min}
          max={range.max}
          step={step}
          value={value ?? ''}
          onChange={({ target }) => onChange(target.value === '' ? null : target.valueAsNumber)}
        />
      )}
    </Field>
  )
}
