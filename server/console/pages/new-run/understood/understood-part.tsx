import { useTranslation } from 'react-i18next'
import type { DatasetVersion } from '../../../../contract/datasets'
import { Report } from '../../datasets/report'
import { Samples } from '../../datasets/samples'
import { Part } from '../part'
import { PersonalData } from './personal-data'
import { ReadAgain, type Read } from './read-again'

/** What the reading understood, with rows as the model will see them, and the way to read them otherwise. */
export const UnderstoodPart = ({
  version: { report, validation_rows },
  read,
  onStarted,
}: {
  version: DatasetVersion
  /** null: how it was read is not known any more */
  read: Read | null
  onStarted: (jobId: string) => void
}) => {
  const { t } = useTranslation()
  return (
    <Part number={2} title={t('newRun.understood.title')} waitsFor="">
      <div className="columns">
        <div>
          <Report report={report} />
        </div>
        <div>
          <h3>{t('newRun.understood.samples')}</h3>
          <Samples label={t('newRun.understood.samples')} rows={report.sample} />
        </div>
      </div>
      {validation_rows === 0 && <p className="note warn">{t('newRun.understood.noValidation')}</p>}
      {read !== null && (
        <>
          <PersonalData read={read} report={report} onStarted={onStarted} />
          <details>
            <summary>{t('newRun.understood.otherwise')}</summary>
            <ReadAgain read={read} report={report} columns={report.columns} onStarted={onStarted} />
          </details>
        </>
      )}
    </Part>
  )
}
