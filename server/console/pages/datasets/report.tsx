import { useTranslation } from 'react-i18next'
import type { IngestReport } from '../../../contract/ingest'
import { Facts } from '../../ui/page'
import { useFormats } from '../../ui/use-formats'
import { LanguageList } from './language-list'
import { byCount } from './languages'

/** Personal data by kind: `2 email addresses, 1 phone number`. */
export const FoundPersonalData = ({ report: { personal_data } }: { report: IngestReport }) => {
  const { t } = useTranslation()
  return byCount(personal_data.found)
    .map(([kind, count]) => t(`datasets.personal.${kind}`, { count }))
    .join(', ')
}

const Lengths = ({ of }: { of: NonNullable<IngestReport['prompt_characters']> }) => {
  const { t } = useTranslation()
  const format = useFormats()
  return t('datasets.lengths', {
    p50: format.number(of.p50),
    p99: format.number(of.p99),
    max: format.number(of.max),
  })
}

const personalState = ({ personal_data: { found, redacted } }: IngestReport) => {
  if (byCount(found).length === 0) return 'none'
  return redacted ? 'redacted' : 'kept'
}

/** What was understood of the rows: format, counts, languages, personal data, and what was left out, with the reason. */
export const Report = ({ report }: { report: IngestReport }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const dropped = byCount(report.rows_dropped)
  const { prompt_characters: prompt, completion_characters: completion } = report
  return (
    <>
      <Facts
        of={[
          [
            t('datasets.format'),
            [...new Set(Object.values(report.formats))].map((name) => t(`datasets.formats.${name}`)).join(', ') || null,
          ],
          [t('datasets.rowsRead'), format.number(report.rows_in)],
          [t('datasets.products'), report.products === null ? null : format.number(report.products)],
          [
            t('datasets.rowsKept'),
            t('datasets.split', {
              kept: format.number(report.rows_kept),
              train: format.number(report.train_rows),
              validation: format.number(report.validation_rows),
            }),
          ],
          [
            t('datasets.rowsLeftOut'),
            dropped.length === 0 ? (
              t('datasets.noneLeftOut')
            ) : (
              <ul key="dropped" className="plain">
                {dropped.map(([reason, count]) => (
                  <li key={reason}>{t(`datasets.dropped.${reason}`, { count })}</li>
                ))}
              </ul>
            ),
          ],
          [t('datasets.duplicates'), format.number(report.duplicates)],
          [t('datasets.languages'), <LanguageList key="languages" languages={report.languages} />],
          [
            t('datasets.mismatches'),
            report.language_mismatches === 0 ? null : format.number(report.language_mismatches),
          ],
          [
            t('datasets.personalData'),
            <span key="personal">
              <FoundPersonalData report={report} /> {t(`datasets.personalState.${personalState(report)}`)}
            </span>,
          ],
          [t('datasets.promptLength'), prompt && <Lengths key="prompt" of={prompt} />],
          [t('datasets.completionLength'), completion && <Lengths key="completion" of={completion} />],
          [t('datasets.columns'), report.columns.join(', ')],
        ]}
      />
      {report.first_problems.length > 0 && (
        <details>
          <summary>{t('datasets.firstProblems')}</summary>
          <pre>{report.first_problems.join('\n')}</pre>
        </details>
      )}
    </>
  )
}
