import { useTranslation } from 'react-i18next'
import type { EventType } from '../../../../contract/events'
import { toggled } from '../toggled'
import { eventTypes } from './event-types'

/** Which events are sent: all, also those of later versions (null), or those that are ticked. */
export const EventsChoice = ({
  value,
  onChange,
}: {
  value: readonly EventType[] | null
  onChange: (value: EventType[] | null) => void
}) => {
  const { t } = useTranslation()
  return (
    <fieldset className="field">
      <legend>{t('settings.webhooks.events')}</legend>
      <div className="ticks">
        <label>
          <input
            type="checkbox"
            checked={value === null}
            onChange={({ target }) => onChange(target.checked ? null : [])}
          />{' '}
          {t('settings.webhooks.allEvents')}
        </label>
        {value !== null && (
          <div className="choices">
            {eventTypes.map((type) => (
              <label key={type}>
                <input
                  type="checkbox"
                  checked={value.includes(type)}
                  onChange={() => onChange(toggled(eventTypes, value, type))}
                />{' '}
                <span className="mono">{type}</span>
              </label>
            ))}
          </div>
        )}
      </div>
    </fieldset>
  )
}
