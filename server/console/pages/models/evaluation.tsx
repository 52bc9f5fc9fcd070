import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import type { Evaluation as EvaluationData } from '../../../contract/evaluations'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { Card, Facts, Page } from '../../ui/page'
import { Loaded } from '../../ui/states'
import { useFormats } from '../../ui/use-formats'
import { DatasetLink } from './dataset-link'
import { EvaluationResultView } from './evaluation-result'
import { ModelLink, useModelName } from './model-link'

const About = ({ evaluation }: { evaluation: EvaluationData }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { result, dataset_version_id: version, job_id, created_at, id } = evaluation
  return (
    <Card title={t('evaluation.about')}>
      <Facts
        of={[
          [t('evaluation.model'), <ModelLink key="model" id={result.model.model} />],
          [
            t('evaluation.baseline'),
            result.baseline === null ? (
              t('evaluation.noBaseline')
            ) : (
              <ModelLink key="baseline" id={result.baseline.model} />
            ),
          ],
          [t('evaluation.data'), <DatasetLink key="data" versionId={version} />],
          [t('evaluation.created'), format.time(created_at)],
          [
            t('evaluation.job'),
            <Link key="job" to={paths.job(job_id)}>
              {job_id}
            </Link>,
          ],
          [
            t('evaluation.id'),
            <span key="id" className="mono">
              {id}
            </span>,
          ],
        ]}
      />
    </Card>
  )
}

/** One evaluation: a model beside its baseline, figure by figure and text by text. */
const Evaluation = () => {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const nameOf = useModelName()
  const query = useQuery(read('getEvaluation', { params: { id } }))
  return (
    <Loaded query={query}>
      {(evaluation) => (
        <Page title={t('evaluation.title', { model: nameOf(evaluation.result.model.model) })}>
          <About evaluation={evaluation} />
          <EvaluationResultView evaluation={evaluation} />
        </Page>
      )}
    </Loaded>
  )
}
export default Evaluation
