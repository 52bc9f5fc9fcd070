import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Job } from '../../../contract/jobs'
import { read } from '../../api/query'
import { Chart } from '../../ui/chart'
import { Card } from '../../ui/page'
import { useFormats } from '../../ui/use-formats'

/** The watts of a job over its time; nothing where nobody metered it. */
export const Power = ({ job: { id, started_at, ended_at } }: { job: Job }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { data } = useQuery({
    ...read('getJobPower', { params: { id } }),
    enabled: started_at !== null,
    refetchInterval: ended_at === null ? 5000 : false,
  })
  const [first] = data?.points ?? []
  if (data === undefined || first === undefined) return null
  const begin = Date.parse(first.at)
  const points = data.points.map(({ at, watts }): [number, number] => [(Date.parse(at) - begin) / 1000, watts])
  return (
    <Card title={t('metric.watts')}>
      <Chart
        kind="line"
        label={t('job.powerLabel', { watts: format.number(points.at(-1)?.[1] ?? 0, { maximumFractionDigits: 1 }) })}
        series={[{ name: t('metric.watts'), points }]}
        xName={t('job.seconds')}
        yName="W"
      />
    </Card>
  )
}
