import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Deployment } from '../../../contract/deployments'
import { readPages } from '../../api/query'
import { paths } from '../../paths'
import { Button } from '../../ui/button'
import { Page } from '../../ui/page'
import { Empty, ErrorNote, Loading } from '../../ui/states'
import { Table, type Column } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { isOnDemand } from '../models/dependents'
import { ModelLink, useModelName } from '../models/model-link'
import { DeploymentBadge } from './deployment-badge'
import { useDeploymentUsage } from './deployment-usage'
import { tokensPerJoule } from './efficiency'
import { Engine } from './engine'
import { isMoving } from './roll-back'

/** `onDemand`: of deployments whose names only repeat the id of their model. */
const useColumns = (onDemand: boolean): Column<Deployment>[] => {
  const { t } = useTranslation()
  const format = useFormats()
  const nameOf = useModelName()
  const usages = useDeploymentUsage()
  const efficiencyOf = (id: string): number | null => {
    const usage = usages?.get(id)
    return usage === undefined ? null : tokensPerJoule(usage)
  }
  return [
    {
      title: t(onDemand ? 'deployments.model' : 'deployments.name'),
      cell: ({ id, name, model }) => <Link to={paths.deployment(id)}>{onDemand ? nameOf(model ?? name) : name}</Link>,
    },
    { title: t('deployments.state'), cell: ({ status }) => <DeploymentBadge status={status} /> },
    ...(onDemand
      ? []
      : [
          {
            title: t('deployments.model'),
            cell: ({ model }: Deployment) => (model === null ? '–' : <ModelLink id={model} />),
          },
        ]),
    {
      title: t('deployments.engineColumn'),
      cell: ({ forge }) => (forge.engine === null ? '–' : <Engine of={forge} />),
    },
    {
      title: t('deployments.ready'),
      cell: ({ replicas }) => format.number(replicas.filter(({ state }) => state === 'ready').length),
      isNumber: true,
    },
    {
      title: t('usage.tokens'),
      cell: ({ id }) => {
        const tokens = usages?.get(id)?.tokens ?? null
        return tokens === null ? '–' : format.number(tokens)
      },
      isNumber: true,
    },
    {
      title: t('usage.energy'),
      cell: ({ id }) => {
        const usage = usages?.get(id)
        return usage === undefined || usage.method === null ? '–' : format.energy(usage.energy_joules)
      },
      isNumber: true,
    },
    {
      title: t('deployments.tokensPerJoule'),
      cell: ({ id }) => {
        const efficiency = efficiencyOf(id)
        return efficiency === null ? '–' : format.number(efficiency, { maximumSignificantDigits: 3 })
      },
      isNumber: true,
    },
  ]
}

/** What serves under a name, and below it what calls to models started by themselves. */
const Deployments = () => {
  const { t } = useTranslation()
  const columns = useColumns(false)
  const onDemandColumns = useColumns(true)
  const query = useInfiniteQuery({
    ...readPages('listDeployments', {}),
    refetchInterval: ({ state }) => (state.data?.pages.some(({ data }) => data.some(isMoving)) ? 3000 : 10_000),
  })
  const all = query.data?.pages.flatMap(({ data }) => data) ?? []
  const named = all.filter((deployment) => !isOnDemand(deployment))
  const onDemand = all.filter(isOnDemand)
  return (
    <Page title={t('deployments.title')}>
      {query.isError && <ErrorNote error={query.error} />}
      {query.isPending && <Loading />}
      {query.data !== undefined && named.length === 0 && (
        <Empty title={t('deployments.none')}>
          <Link to={paths.models()}>{t('deployments.toModels')}</Link>
        </Empty>
      )}
      {named.length > 0 && (
        <Table label={t('deployments.title')} columns={columns} rows={named} keyOf={({ id }) => id} />
      )}
      {onDemand.length > 0 && (
        <section>
          <h2>{t('deployments.onDemand')}</h2>
          <p className="muted">{t('deployments.onDemandMeaning')}</p>
          <Table label={t('deployments.onDemand')} columns={onDemandColumns} rows={onDemand} keyOf={({ id }) => id} />
        </section>
      )}
      {query.hasNextPage && (
        <div>
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('actions.more')}
          </Button>
        </div>
      )}
    </Page>
  )
}
export default Deployments
