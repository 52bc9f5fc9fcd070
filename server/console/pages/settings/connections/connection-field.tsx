import { useTranslation } from 'react-i18next'
import { Field } from '../../../ui/field'
import { tlsModes, type ConnectionField } from './connection-fields'

/** One value of a connection, asked for by its kind. */
export const ConnectionFieldView = ({
  field: { name, kind, optional = false },
  hint,
  value,
  onChange,
}: {
  field: ConnectionField
  hint?: string | undefined
  value: string
  onChange: (value: string) => void
}) => {
  const { t } = useTranslation()
  const label = t(`settings.connections.fields.${name}`)
  if (kind === 'check')
    return (
      <label>
        <input type="checkbox" checked={value === 'true'} onChange={({ target }) => onChange(String(target.checked))} />{' '}
        {label}
      </label>
    )
  return (
    <Field label={optional ? t('settings.connections.optional', { label }) : label} hint={hint}>
      {(control) => {
        if (kind === 'lines')
          return (
            <textarea
              {...control}
              className="mono"
              rows={3}
              spellCheck={false}
              value={value}
              onChange={({ target }) => onChange(target.value)}
            />
          )
        if (kind === 'tls')
          return (
            <select {...control} value={value} onChange={({ target }) => onChange(target.value)}>
              {tlsModes.map((mode) => (
                <option key={mode} value={mode}>
                  {t(`settings.connections.tls.${mode}`)}
                </option>
              ))}
            </select>
          )
        return (
          <input
            {...control}
            size={50}
            type={{ secret: 'password', url: 'url', number: 'number', text: 'text' }[kind]}
            autoComplete={kind === 'secret' ? 'new-password' : 'off'}
            required={!optional}
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        )
      }}
    </Field>
  )
}
