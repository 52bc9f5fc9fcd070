import { useTranslation } from 'react-i18next'
import { Field } from '../../ui/field'
import { useFormats } from '../../ui/use-formats'
import { idleChoices, type Idle, type Release } from './release'

/** When the deployment goes to sleep. */
export const IdleField = ({
  value,
  onChange,
  maySame,
}: {
  value: Idle
  onChange: (idle: Idle) => void
  /** whether there is a setting that can stay as it is */
  maySame: boolean
}) => {
  const { t } = useTranslation()
  const format = useFormats()
  const minutes = (count: number): string =>
    format.number(count, { style: 'unit', unit: 'minute', unitDisplay: 'long' })
  return (
    <Field label={t('deployments.idle')} hint={t('deployments.idleHint')}>
      {(control) => (
        <select {...control} value={value} onChange={({ target }) => onChange(target.value as Idle)}>
          {maySame && <option value="same">{t('deployments.idleSame')}</option>}
          {idleChoices.map((seconds) => (
            <option key={seconds} value={seconds}>
              {t('deployments.idleAfter', { time: minutes(Number(seconds) / 60) })}
            </option>
          ))}
          <option value="never">{t('deployments.idleNever')}</option>
        </select>
      )}
    </Field>
  )
}

/** Who must agree before a model goes into service, and why it goes there although its gate failed. */
export const ReleaseFields = ({
  release,
  onChange,
  gateFailed,
}: {
  release: Release
  onChange: (release: Release) => void
  gateFailed: boolean
}) => {
  const { t } = useTranslation()
  const { requireApproval, force, reason } = release
  return (
    <>
      <label className="row">
        <input
          type="checkbox"
          checked={requireApproval}
          onChange={({ target }) => onChange({ ...release, requireApproval: target.checked })}
        />
        {t('deployments.requireApproval')}
      </label>
      {gateFailed && (
        <div className="note warn">
          <p>{t('deployments.gateFailed')}</p>
          <label className="row">
            <input
              type="checkbox"
              checked={force}
              onChange={({ target }) => onChange({ ...release, force: target.checked })}
            />
            {t('deployments.force')}
          </label>
        </div>
      )}
      <Field label={t('deployments.reason')} hint={t(force ? 'deployments.reasonForced' : 'deployments.reasonHint')}>
        {(control) => (
          <input
            {...control}
            required={force}
            maxLength={1000}
            value={reason}
            onChange={({ target }) => onChange({ ...release, reason: target.value })}
          />
        )}
      </Field>
    </>
  )
}
