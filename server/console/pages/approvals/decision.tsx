import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Approval } from '../../../contract/approvals'
import { call } from '../../api/client'
import { refresh } from '../../api/query'
import { useMay, useSession } from '../../session'
import { Button } from '../../ui/button'
import { Field } from '../../ui/field'
import { Card } from '../../ui/page'
import { ErrorNote } from '../../ui/states'

/** Approve or reject, with a reason; or which scope is missing for that. */
export const Decision = ({ approval: { id } }: { approval: Approval }) => {
  const { t } = useTranslation()
  const may = useMay('approve')
  const { api_key: key } = useSession()
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  const given = reason.trim()
  const decide = useMutation({
    mutationFn: (verdict: 'approve' | 'reject') =>
      verdict === 'approve'
        ? call('approve', { params: { id }, body: { reason: given === '' ? null : given } })
        : call('reject', { params: { id }, body: { reason: given } }),
    // also after a refusal: somebody else may have decided meanwhile
    onSettled: () => refresh('getApproval', 'listApprovals', 'listJobs', 'getJob', 'listDeployments', 'getDeployment'),
  })
  if (!may)
    return <p className="note warn">{t('approvals.mayNot', { key: key.name, scopes: key.scopes.join(', ') })}</p>
  return (
    <Card title={t('approvals.decide')}>
      <div className="stack">
        {decide.isError && <ErrorNote error={decide.error} />}
        <Field
          label={t('approvals.reason')}
          hint={t('approvals.reasonHint')}
          wrong={isMissing && given === '' ? t('approvals.reasonMissing') : undefined}
        >
          {(control) => (
            <textarea
              {...control}
              rows={2}
              maxLength={1000}
              value={reason}
              onChange={({ target }) => setReason(target.value)}
            />
          )}
        </Field>
        <div className="row">
          <Button variant="primary" busy={decide.isPending} onClick={() => decide.mutate('approve')}>
            {t('approvals.approve')}
          </Button>
          <Button
            variant="danger"
            busy={decide.isPending}
            onClick={() => (given === '' ? setMissing(true) : decide.mutate('reject'))}
          >
            {t('approvals.reject')}
          </Button>
        </div>
      </div>
    </Card>
  )
}
