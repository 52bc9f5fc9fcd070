import { useTranslation } from 'react-i18next'
import type { Serving } from '../../../contract/models'

/** Which engine answers, and whether it is the slow one. */
export const Engine = ({ of: { engine, slow } }: { of: Serving }) => {
  const { t } = useTranslation()
  if (engine === null) return <span className="muted">{t('deployments.engineUnknown')}</span>
  const name = t(`deployments.engine.${engine}`)
  return slow === true ? (
    <span title={t('deployments.slowMeaning')}>{t('deployments.slow', { engine: name })}</span>
  ) : (
    name
  )
}
