import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Usage } from '../../../contract/usage'
import { read } from '../../api/query'
import { Figure, Figures } from '../../ui/page'
import { UsageFigures } from '../../ui/usage-figures'
import { useFormats } from '../../ui/use-formats'
import { tokensPerJoule } from './efficiency'

/** What each deployment has used so far, by its id. */
export const useDeploymentUsage = (): ReadonlyMap<string, Usage> | undefined => {
  const { data } = useQuery({
    ...read('getUsage', { query: { group_by: 'deployment' } }),
    refetchInterval: 10_000,
    select: ({ rows }) => new Map(rows.map(({ key, usage }) => [key, usage])),
  })
  return data
}

/** Tokens, energy and what a joule gave, of all its generations together. */
export const DeploymentUsage = ({ id }: { id: string }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const usages = useDeploymentUsage()
  const usage = usages?.get(id)
  if (usages === undefined) return null
  if (usage === undefined) return <p className="muted">{t('deployments.noUsage')}</p>
  const efficiency = tokensPerJoule(usage)
  return (
    <section className="stack" aria-label={t('deployments.usage')}>
      <UsageFigures usage={usage} />
      {efficiency !== null && (
        <Figures>
          <Figure name={t('deployments.tokensPerJoule')} note={t('deployments.tokensPerJouleMeaning')}>
            {format.number(efficiency, { maximumSignificantDigits: 3 })}
          </Figure>
          <Figure name={t('deployments.energyPerThousand')}>{format.energy(1000 / efficiency)}</Figure>
        </Figures>
      )}
    </section>
  )
}
