import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { read } from '../../api/query'
import { Figure, Figures } from '../../ui/page'
import { EnergyMethod } from '../../ui/usage-figures'
import { useFormats } from '../../ui/use-formats'

/** What the machines drew while nothing used them: in no model's and no deployment's row, so it stands by itself. */
export const Idle = ({ range, total }: { range: { since: string; until: string }; total: number }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { data } = useQuery({ ...read('getUsage', { query: { group_by: 'kind', ...range } }), refetchInterval: 15_000 })
  const usage = data?.rows.find(({ key }) => key === 'idle')?.usage
  if (usage === undefined || usage.method === null) return null
  return (
    <Figures>
      <Figure name={t('energy.kinds.idle')} note={<EnergyMethod usage={usage} />}>
        {format.energy(usage.energy_joules)}
      </Figure>
      <Figure name={t('energy.idleCost')}>{format.money(usage.cost, usage.currency)}</Figure>
      {total > 0 && (
        <Figure name={t('energy.idleShare')} note={t('energy.idleMeaning')}>
          {format.percent(Math.min(1, usage.energy_joules / total))}
        </Figure>
      )}
    </Figures>
  )
}
