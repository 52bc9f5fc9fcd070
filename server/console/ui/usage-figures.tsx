import { useTranslation } from 'react-i18next'
import type { Usage } from '../../contract/usage'
import { Figure, Figures } from './page'
import { useFormats } from './use-formats'

/** How an energy figure came about and how far it may be off; or that nothing was metered. */
export const EnergyMethod = ({ usage: { method, covers } }: { usage: Usage }) => {
  const { t } = useTranslation()
  if (method === null) return <>{t('usage.notMetered')}</>
  return (
    <span title={t(`usage.methodMeaning.${method}`)}>
      {t(`usage.method.${method}`)} · {covers.join(', ')}
    </span>
  )
}

/** Energy, cost, emissions and tokens of a job, a deployment or a time. */
export const UsageFigures = ({ usage }: { usage: Usage }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const isMetered = usage.method !== null
  return (
    <Figures>
      <Figure name={t('usage.energy')} note={<EnergyMethod usage={usage} />}>
        {isMetered ? format.energy(usage.energy_joules) : '–'}
      </Figure>
      <Figure name={t('usage.cost')}>{isMetered ? format.money(usage.cost, usage.currency) : '–'}</Figure>
      <Figure name={t('usage.co2e')}>{isMetered ? format.mass(usage.co2e_grams) : '–'}</Figure>
      <Figure name={t('usage.tokens')}>{usage.tokens === null ? '–' : format.number(usage.tokens)}</Figure>
      {usage.gpu_seconds > 0 && <Figure name={t('usage.gpuTime')}>{format.duration(usage.gpu_seconds)}</Figure>}
    </Figures>
  )
}
