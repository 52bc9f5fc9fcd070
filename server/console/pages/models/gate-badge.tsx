import { useTranslation } from 'react-i18next'
import type { Model } from '../../../contract/models'
import { Badge } from '../../ui/badge'

/** The verdict of the last evaluation. */
export const GateBadge = ({ gate }: { gate: Model['gate'] }) => {
  const { t } = useTranslation()
  if (gate === null) return <Badge tone="idle">{t('models.gateState.none')}</Badge>
  return <Badge tone={gate === 'passed' ? 'good' : 'bad'}>{t(`models.gateState.${gate}`)}</Badge>
}
