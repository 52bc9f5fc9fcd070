import { useTranslation } from 'react-i18next'
import type { JobEvent } from '../../../contract/jobs'
import { Card } from '../../ui/page'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'

const textOf = (value: JobEvent['data'][string]): string => {
  if (typeof value !== 'object' || value === null) return String(value)
  // an error says its remedy above
  return 'message' in value && typeof value['message'] === 'string' ? value['message'] : JSON.stringify(value)
}
/** What an event adds to its name, on one line. */
const detailsOf = ({ data }: JobEvent): string =>
  Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${textOf(value)}`)
    .join(' · ')

/** What happened to a job, the newest first: its states and checkpoints, and what ended each attempt. */
export const JobEvents = ({ events }: { events: readonly JobEvent[] }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const shown = events.filter(({ name }) => name !== 'job.progress').reverse()
  if (shown.length === 0) return null
  return (
    <Card title={t('job.events')}>
      <Table
        label={t('job.events')}
        keyOf={({ id }) => id}
        rows={shown.slice(0, 200)}
        columns={[
          { title: t('job.at'), cell: ({ created_at }) => <span className="nowrap">{format.time(created_at)}</span> },
          { title: t('job.event'), cell: ({ name }) => <span className="mono nowrap">{name}</span> },
          { title: t('job.details'), cell: (event) => detailsOf(event) },
        ]}
      />
    </Card>
  )
}
