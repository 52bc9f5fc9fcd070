import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Loading } from '../../../ui/states'
import type { Run } from './run'

const FlowFiles = lazy(() => import('./flow-files'))

/** "Take this into your flow": the same run as a recipe, an n8n workflow or an Airflow DAG. */
export const TakeAway = ({ run }: { run: Run }) => {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  return (
    <section className="card">
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <h2 className="in-summary">{t('newRun.flow.title')}</h2>
        </summary>
        {isOpen && (
          <Suspense fallback={<Loading />}>
            <FlowFiles run={run} />
          </Suspense>
        )}
      </details>
    </section>
  )
}
