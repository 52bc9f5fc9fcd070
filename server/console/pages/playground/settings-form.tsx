import { useTranslation } from 'react-i18next'
import { Field } from '../../ui/field'
import { NumberField } from '../new-run/number-field'
import { exampleSchema, ranges, readSchema, type Settings } from './call'

/** What is the same for every question: the instructions, how freely to write, how long, and in which form. */
export const SettingsForm = ({
  settings,
  slowNames,
  onChange,
}: {
  settings: Settings
  /** models whose engine cannot be held to a schema */
  slowNames: readonly string[]
  onChange: (settings: Settings) => void
}) => {
  const { t } = useTranslation()
  const { system, temperature, maxTokens, schema } = settings
  const change = (part: Partial<Settings>): void => onChange({ ...settings, ...part })
  const read = schema === null ? null : readSchema(schema)
  return (
    <details className="card">
      <summary>{t('playground.settings')}</summary>
      <div className="stack">
        <Field label={t('playground.system')} hint={t('playground.systemHint')}>
          {(control) => (
            <textarea
              {...control}
              rows={2}
              value={system}
              onChange={({ target }) => change({ system: target.value })}
            />
          )}
        </Field>
        <div className="columns">
          <NumberField
            label={t('playground.temperature')}
            hint={t('playground.temperatureHint')}
            value={temperature}
            range={ranges.temperature}
            onChange={(value) => change({ temperature: value })}
          />
          <NumberField
            label={t('playground.maxTokens')}
            hint={t('playground.maxTokensHint')}
            value={maxTokens}
            range={ranges.maxTokens}
            step={1}
            onChange={(value) => change({ maxTokens: value })}
          />
        </div>
        <label>
          <input
            type="checkbox"
            checked={schema !== null}
            onChange={({ target }) => change({ schema: target.checked ? exampleSchema : null })}
          />{' '}
          {t('playground.asJson')}
        </label>
        {schema !== null && (
          <Field
            label={t('playground.schema')}
            hint={t('playground.schemaHint')}
            wrong={read !== null && 'wrong' in read ? t(`playground.schemaWrong.${read.wrong}`) : undefined}
          >
            {(control) => (
              <textarea
                {...control}
                className="mono"
                rows={8}
                spellCheck={false}
                value={schema}
                onChange={({ target }) => change({ schema: target.value })}
              />
            )}
          </Field>
        )}
        {schema !== null && slowNames.length > 0 && (
          <p className="note warn">{t('playground.noForcedJson', { names: slowNames.join(', ') })}</p>
        )}
      </div>
    </details>
  )
}
