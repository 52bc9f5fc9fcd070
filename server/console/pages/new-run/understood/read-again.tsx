import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { IngestOptions, IngestReport } from '../../../../contract/ingest'
import { Button } from '../../../ui/button'
import { ErrorNote } from '../../../ui/states'
import { CheckField } from '../check-field'
import type { Source } from '../data/sources'
import { useIngest } from '../data/use-ingest'
import { NumberField } from '../number-field'
import { isWithin, type Range } from '../range'
import { MappingFields } from './mapping-fields'
import { ProductFields } from './product-fields'
import { isComplete, isOfProducts, optionsOf, readingOf, type Reading } from './reading'

/** What was read: enough to read it once more. */
export interface Read {
  name: string
  source: Source
  options: IngestOptions
}

const percent = { min: 0, max: 100 }
const halfPercent = { min: 0, max: 50 }
const manyRows = { min: 1, max: 100_000_000 }
const isInRange = ({ validationPercent, maxRows, invalidPercent }: Reading): boolean =>
  isWithin(validationPercent, halfPercent) && isWithin(maxRows, manyRows) && isWithin(invalidPercent, percent)

/** Reads the same data once more in another way, into the next version; the version that is there stays. */
export const ReadAgain = ({
  read,
  report,
  columns,
  starts,
  onStarted,
}: {
  read: Read
  /** null: the rows were not understood */
  report: IngestReport | null
  columns: readonly string[]
  /** what the form begins with, where that is not how it was read */
  starts?: Partial<Reading>
  onStarted: (jobId: string) => void
}) => {
  const { t } = useTranslation()
  const [reading, setReading] = useState<Reading>(() => ({ ...readingOf(read.options), ...starts }))
  const ingest = useIngest(onStarted)
  const change = (part: Partial<Reading>): void => setReading({ ...reading, ...part })
  const number = (name: 'validationPercent' | 'maxRows' | 'invalidPercent', range: Range) => (
    <NumberField
      label={t(`newRun.understood.${name}`)}
      hint={t(`newRun.understood.${name}Hint`)}
      value={reading[name]}
      range={range}
      onChange={(value) => change({ [name]: value })}
    />
  )
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        const { name, source, options } = read
        ingest.mutate({ name, from: { source }, options: optionsOf(reading, options) })
      }}
    >
      <div className="row" role="radiogroup" aria-label={t('newRun.understood.meaning')}>
        {(['auto', 'mapping'] as const).map((use) => (
          <label key={use} className="choice">
            <input type="radio" name="use" checked={reading.use === use} onChange={() => change({ use })} />
            {t(`newRun.understood.use.${use}`)}
          </label>
        ))}
      </div>
      {reading.use === 'mapping' && <MappingFields reading={reading} columns={columns} onChange={change} />}
      {reading.use === 'auto' && isOfProducts(report) && (
        <ProductFields reading={reading} columns={columns} onChange={change} />
      )}
      <div className="row top-aligned">
        {number('validationPercent', halfPercent)}
        {number('maxRows', manyRows)}
        {number('invalidPercent', percent)}
      </div>
      <CheckField
        label={t('newRun.understood.deduplicate')}
        checked={reading.deduplicate}
        onChange={(deduplicate) => change({ deduplicate })}
      />
      <CheckField
        label={t('newRun.understood.redact')}
        hint={t('newRun.understood.redactHint')}
        checked={reading.redact}
        onChange={(redact) => change({ redact })}
      />
      {ingest.isError && <ErrorNote error={ingest.error} />}
      <div>
        <Button
          type="submit"
          variant={report === null ? 'primary' : undefined}
          busy={ingest.isPending}
          disabled={!isComplete(reading) || !isInRange(reading)}
        >
          {t('newRun.understood.again')}
        </Button>
      </div>
    </form>
  )
}
