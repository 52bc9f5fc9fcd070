import { useTranslation } from 'react-i18next'
import { Field } from '../../ui/field'
import { groupings, type Grouping } from './figures'
import { periodOfPreset, presetOf, presets, withEnd, type Period } from './period'

/** Which time, and by what: both stand in the address. */
export const EnergyFilter = ({
  period,
  by,
  now,
  onPeriod,
  onBy,
}: {
  period: Period
  by: Grouping
  now: number
  onPeriod: (period: Period) => void
  onBy: (by: Grouping) => void
}) => {
  const { t } = useTranslation()
  const preset = presetOf(period, now)
  return (
    <div className="row filter">
      <Field label={t('energy.period')}>
        {(control) => (
          <select
            {...control}
            value={preset}
            onChange={({ target }) => {
              const chosen = presets.find((one) => one === target.value)
              if (chosen) onPeriod(periodOfPreset(chosen, now))
            }}
          >
            {presets.map((one) => (
              <option key={one} value={one}>
                {t(`energy.presets.${one}`)}
              </option>
            ))}
            {preset === 'custom' && <option value="custom">{t('energy.presets.custom')}</option>}
          </select>
        )}
      </Field>
      {(['since', 'until'] as const).map((end) => (
        <Field key={end} label={t(`energy.${end}`)}>
          {(control) => (
            <input
              {...control}
              type="date"
              value={period[end]}
              onChange={({ target }) => {
                if (target.value !== '') onPeriod(withEnd(period, end, target.value))
              }}
            />
          )}
        </Field>
      ))}
      <Field label={t('energy.by')}>
        {(control) => (
          <select
            {...control}
            value={by}
            onChange={({ target }) => onBy(groupings.find((one) => one === target.value) ?? 'day')}
          >
            {groupings.map((one) => (
              <option key={one} value={one}>
                {t(`energy.groupings.${one}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  )
}
