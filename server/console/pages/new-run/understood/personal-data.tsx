import { useTranslation } from 'react-i18next'
import type { IngestReport } from '../../../../contract/ingest'
import { Button } from '../../../ui/button'
import { ErrorNote } from '../../../ui/states'
import { byCount } from '../../datasets/languages'
import { FoundPersonalData } from '../../datasets/report'
import { useIngest } from '../data/use-ingest'
import type { Read } from './read-again'

/** That personal data were found and are still there, with the offer to mask them. */
export const PersonalData = ({
  read: { name, source, options },
  report,
  onStarted,
}: {
  read: Read
  report: IngestReport
  onStarted: (jobId: string) => void
}) => {
  const { t } = useTranslation()
  const ingest = useIngest(onStarted)
  if (report.personal_data.redacted || byCount(report.personal_data.found).length === 0) return null
  return (
    <div className="note warn">
      <p>
        {t('newRun.understood.personalFound')} <FoundPersonalData report={report} />.{' '}
        {t('newRun.understood.personalMeaning')}
      </p>
      {ingest.isError && <ErrorNote error={ingest.error} />}
      <Button
        busy={ingest.isPending}
        onClick={() => ingest.mutate({ name, from: { source }, options: { ...options, redact_personal_data: true } })}
      >
        {t('newRun.understood.mask')}
      </Button>
    </div>
  )
}
