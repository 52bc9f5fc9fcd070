import { useTranslation } from 'react-i18next'
import type { Deployment, ReplicaState } from '../../../contract/deployments'
import { Badge, type Tone } from '../../ui/badge'
import type { Generation } from './roll-back'

const statusTones: Record<Deployment['status'], Tone> = {
  starting: 'busy',
  ready: 'good',
  asleep: 'idle',
  failed: 'bad',
  stopped: 'idle',
}
export const DeploymentBadge = ({ status }: { status: Deployment['status'] }) => {
  const { t } = useTranslation()
  return <Badge tone={statusTones[status]}>{t(`deployments.status.${status}`)}</Badge>
}

const replicaTones: Record<ReplicaState, Tone> = {
  starting: 'busy',
  ready: 'good',
  draining: 'warn',
  gone: 'idle',
  failed: 'bad',
}
export const ReplicaBadge = ({ state }: { state: ReplicaState }) => {
  const { t } = useTranslation()
  return <Badge tone={replicaTones[state]}>{t(`deployments.replicaState.${state}`)}</Badge>
}

const generationTones: Record<Generation['state'], Tone> = {
  rolling_out: 'busy',
  serving: 'good',
  retired: 'idle',
  failed: 'bad',
}
export const GenerationBadge = ({ state }: { state: Generation['state'] }) => {
  const { t } = useTranslation()
  return <Badge tone={generationTones[state]}>{t(`deployments.generationState.${state}`)}</Badge>
}
