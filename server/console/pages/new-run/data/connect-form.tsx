import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../../ui/button'
import { Field } from '../../../ui/field'
import { ErrorNote } from '../../../ui/states'
import { ConnectionChoice } from './connection-choice'
import { NameField } from './name-field'
import { datasetNameOf, isDatasetName } from './names'
import { emptySource, sourceOf, type SourceDraft } from './sources'
import { useIngest } from './use-ingest'

const types = ['url', 's3', 'sql'] as const
const fieldOf = { url: 'url', s3: 'uri', sql: 'query' } as const
const examples = { url: 'https://example.com/products.csv', s3: 's3://bucket/products.csv', sql: 'select prompt, completion from texts' } // prettier-ignore

/** A source that the worker fetches by itself: a file on the web or in S3, or the rows of a query. */
export const ConnectForm = ({ onStarted }: { onStarted: (jobId: string) => void }) => {
  const { t } = useTranslation()
  const [draft, setDraft] = useState<SourceDraft>(emptySource)
  const [name, setName] = useState<string | null>(null)
  const ingest = useIngest(onStarted)
  const field = fieldOf[draft.type]
  const shownName = name ?? (draft.type === 'sql' ? 'query' : datasetNameOf(draft[field]))
  const source = sourceOf(draft)
  const change = (part: Partial<SourceDraft>): void => setDraft({ ...draft, ...part })
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (source !== null) ingest.mutate({ name: shownName, from: { source } })
      }}
    >
      <Field label={t('newRun.data.type')}>
        {(control) => (
          <select
            {...control}
            value={draft.type}
            onChange={({ target }) =>
              change({ type: types.find((type) => type === target.value) ?? 'url', connection: '' })
            }
          >
            {types.map((type) => (
              <option key={type} value={type}>
                {t(`newRun.data.types.${type}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t(`newRun.data.where.${draft.type}`)}>
        {(control) =>
          draft.type === 'sql' ? (
            <textarea
              {...control}
              rows={4}
              className="mono"
              placeholder={examples.sql}
              value={draft.query}
              onChange={({ target }) => change({ query: target.value })}
            />
          ) : (
            <input
              {...control}
              size={60}
              placeholder={examples[draft.type]}
              value={draft[field]}
              onChange={({ target }) => change({ [field]: target.value.trim() })}
            />
          )
        }
      </Field>
      <ConnectionChoice type={draft.type} value={draft.connection} onChange={(connection) => change({ connection })} />
      <NameField value={shownName} onChange={setName} />
      {ingest.isError && <ErrorNote error={ingest.error} />}
      <div>
        <Button
          type="submit"
          variant="primary"
          busy={ingest.isPending}
          disabled={source === null || !isDatasetName(shownName)}
        >
          {t('newRun.data.fetch')}
        </Button>
      </div>
    </form>
  )
}
