import { useTranslation } from 'react-i18next'
import type { ApprovalStatus } from '../../../contract/approvals'
import { Badge, type Tone } from '../../ui/badge'

const tones: Record<ApprovalStatus, Tone> = {
  pending: 'warn',
  approved: 'good',
  rejected: 'bad',
  expired: 'idle',
  cancelled: 'idle',
}
/** Every status, as the compiler has checked against the contract. */
export const approvalStatuses = Object.keys(tones) as ApprovalStatus[]

export const ApprovalBadge = ({ status }: { status: ApprovalStatus }) => {
  const { t } = useTranslation()
  return <Badge tone={tones[status]}>{t(`approvals.status.${status}`)}</Badge>
}
