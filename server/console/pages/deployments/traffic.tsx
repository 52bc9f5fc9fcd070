import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { read } from '../../api/query'
import { Chart } from '../../ui/chart'
import { Card, Figure, Figures } from '../../ui/page'
import { Loaded } from '../../ui/states'
import { useFormats } from '../../ui/use-formats'

/** The calls of the last hour: how many, how fast, and when. */
export const Traffic = ({ id }: { id: string }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const query = useQuery({ ...read('getTraffic', { params: { id }, query: { minutes: 60 } }), refetchInterval: 10_000 })
  return (
    <Card title={t('traffic.title')}>
      <Loaded query={query}>
        {({ requests, duration_seconds: duration, tokens_per_second: speed, rows }) =>
          duration === null ? (
            <p className="muted">{t('traffic.none')}</p>
          ) : (
            <>
              <Figures>
                <Figure name={t('traffic.requests')}>{format.number(requests)}</Figure>
                <Figure name={t('traffic.p50')}>{format.duration(duration.p50)}</Figure>
                <Figure name={t('traffic.p95')}>{format.duration(duration.p95)}</Figure>
                <Figure name={t('traffic.speed')} note={t('traffic.speedMeaning')}>
                  {speed === null ? '–' : format.number(speed, { maximumSignificantDigits: 3 })}
                </Figure>
              </Figures>
              <Chart
                kind="bar"
                label={t('traffic.chartLabel', { requests })}
                series={[{ name: t('traffic.requests'), points: rows.map((row) => row.requests) }]}
                categories={rows.map(({ minute }) => format.time(minute))}
                xName=""
                yName={t('traffic.requests')}
              />
            </>
          )
        }
      </Loaded>
    </Card>
  )
}
