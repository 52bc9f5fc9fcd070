import { useTranslation } from 'react-i18next'
import type { EnergyMethod } from '../../../contract/usage'
import { Card, Facts } from '../../ui/page'

/** What the methods on show mean, and how far a figure of each may be off. */
export const Methods = ({ of }: { of: readonly EnergyMethod[] }) => {
  const { t } = useTranslation()
  if (of.length === 0) return null
  return (
    <Card title={t('energy.methods')}>
      <div className="stack">
        <Facts
          of={of.map((method) => [
            t(`usage.method.${method}`),
            `${t(`usage.methodMeaning.${method}`)} ${t(`energy.band.${method}`)}`,
          ])}
        />
        <p className="muted">{t('energy.sumMethod')}</p>
      </div>
    </Card>
  )
}
