import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import type { Approval as ApprovalData } from '../../../contract/approvals'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { Card, Facts, Page } from '../../ui/page'
import { Loaded } from '../../ui/states'
import { useFormats } from '../../ui/use-formats'
import { EvaluationResultView } from '../models/evaluation-result'
import { ModelLink } from '../models/model-link'
import { ApprovalBadge } from './approval-badge'
import { Decision } from './decision'

/** What is asked: this model under that name, and what serves there now. */
const Asked = ({ approval }: { approval: ApprovalData }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { data } = useQuery(read('listDeployments', { query: { limit: 100 } }))
  const existing = data?.data.find(({ name }) => name === approval.deployment)
  const { deployment, model, status, requested_at, expires_at, evaluation_id, job_id } = approval
  return (
    <Card title={t('approvals.asked')}>
      <Facts
        of={[
          [t('approvals.state'), <ApprovalBadge key="status" status={status} />],
          [
            t('approvals.deployment'),
            existing === undefined ? (
              deployment
            ) : (
              <Link key="deployment" to={paths.deployment(existing.id)}>
                {deployment}
              </Link>
            ),
          ],
          [t('approvals.model'), <ModelLink key="model" id={model} />],
          [
            t('approvals.servesNow'),
            existing?.model === undefined || existing.model === null ? (
              t('approvals.servesNothing')
            ) : (
              <ModelLink key="now" id={existing.model} />
            ),
          ],
          [t('approvals.requested'), format.time(requested_at)],
          [t('approvals.expires'), status === 'pending' ? format.time(expires_at) : null],
          [
            t('approvals.evaluation'),
            evaluation_id && (
              <Link key="evaluation" to={paths.evaluation(evaluation_id)}>
                {t('approvals.wholeEvaluation')}
              </Link>
            ),
          ],
          [
            t('approvals.job'),
            <Link key="job" to={paths.job(job_id)}>
              {job_id}
            </Link>,
          ],
        ]}
      />
    </Card>
  )
}

/** Who decided, when and why; or why nobody did. */
const Outcome = ({ approval: { status, decided_at, decided_by, reason } }: { approval: ApprovalData }) => {
  const { t } = useTranslation()
  const format = useFormats()
  return (
    <Card title={t('approvals.outcome')}>
      <Facts
        of={[
          [t('approvals.state'), <ApprovalBadge key="status" status={status} />],
          [t('approvals.by'), decided_by?.name ?? t('approvals.nobody')],
          [t('approvals.decided'), decided_at && format.time(decided_at)],
          [t('approvals.reason'), reason ?? t('approvals.noReason')],
        ]}
      />
    </Card>
  )
}

const Evaluated = ({ id }: { id: string }) => {
  const query = useQuery(read('getEvaluation', { params: { id } }))
  return <Loaded query={query}>{(evaluation) => <EvaluationResultView evaluation={evaluation} />}</Loaded>
}

/** One question for a person, with what the evaluation found beside it, and its answer. */
const Approval = () => {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const query = useQuery({
    ...read('getApproval', { params: { id } }),
    refetchInterval: ({ state }) => (state.data?.status === 'pending' ? 10_000 : false),
  })
  return (
    <Loaded query={query}>
      {(approval) => (
        <Page title={t('approvals.questionTitle', { deployment: approval.deployment })}>
          {approval.forced && <p className="note warn">{t('approvals.forcedMeaning')}</p>}
          <div className="columns">
            <Asked approval={approval} />
            {approval.status === 'pending' ? <Decision approval={approval} /> : <Outcome approval={approval} />}
          </div>
          {approval.evaluation_id === null ? (
            <p className="note">{t('approvals.notEvaluated')}</p>
          ) : (
            <Evaluated id={approval.evaluation_id} />
          )}
        </Page>
      )}
    </Loaded>
  )
}
export default Approval
