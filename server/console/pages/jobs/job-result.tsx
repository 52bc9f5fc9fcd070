import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Job } from '../../../contract/jobs'
import { paths } from '../../paths'
import { Card, Facts } from '../../ui/page'

/** The view of what an id names; null where it has none. */
const viewOf: Record<string, (id: string) => string> = {
  dataset_id: paths.dataset,
  model_id: paths.model,
  model: paths.model,
  evaluation_id: paths.evaluation,
  deployment_id: paths.deployment,
  deployment: paths.deployment,
}

/** What a job made: its plain values, with links to what they name. */
export const JobResult = ({ job: { result } }: { job: Job }) => {
  const { t } = useTranslation()
  if (result === null) return null
  const plain = Object.entries(result).flatMap(([name, value]): [string, string | number | boolean | null][] =>
    value !== null && typeof value === 'object' ? [] : [[name, value]],
  )
  return (
    <Card title={t('job.result')}>
      <Facts
        of={plain.map(([name, value]) => {
          const view = viewOf[name]
          return [
            name,
            view && typeof value === 'string' ? (
              <Link key={name} to={view(value)}>
                {value}
              </Link>
            ) : (
              String(value)
            ),
          ]
        })}
      />
      {plain.length < Object.keys(result).length && (
        <details>
          <summary>{t('job.wholeResult')}</summary>
          <pre>{JSON.stringify(result, null, 2)}</pre>
        </details>
      )}
    </Card>
  )
}
