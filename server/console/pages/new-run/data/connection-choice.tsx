import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { read } from '../../../api/query'
import { paths } from '../../../paths'
import { Field } from '../../../ui/field'
import { Loaded } from '../../../ui/states'
import { connectionOf, type SourceDraft } from './sources'

/** The stored credentials for a source, or the way to where they are made. */
export const ConnectionChoice = ({
  type,
  value,
  onChange,
}: {
  type: SourceDraft['type']
  value: string
  onChange: (id: string) => void
}) => {
  const { t } = useTranslation()
  const query = useQuery(read('listConnections', { query: { limit: 100 } }))
  const { type: wanted, isNeeded } = connectionOf[type]
  return (
    <Loaded query={query}>
      {({ data }) => {
        const fitting = data.filter((connection) => connection.type === wanted)
        if (fitting.length === 0 && isNeeded)
          return (
            <p className="note warn">
              {t('newRun.data.noConnection')} <Link to={paths.settings('connections')}>{t('newRun.data.connect')}</Link>
            </p>
          )
        return (
          <Field label={t('newRun.data.connection')} hint={isNeeded ? undefined : t('newRun.data.connectionHint')}>
            {(control) => (
              <select {...control} value={value} onChange={({ target }) => onChange(target.value)}>
                <option value="">{t(isNeeded ? 'newRun.data.chooseOne' : 'newRun.data.open')}</option>
                {fitting.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )
      }}
    </Loaded>
  )
}
