import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { stepKinds } from '../../api/enums'
import { read } from '../../api/query'
import { useModelName } from '../models/model-link'
import type { Grouping } from './figures'

/** What a row of the report is called: a key is a day, a kind, or an id; what belongs to none is named for what it is. */
export const useRowNames = (by: Grouping): ((key: string) => string) => {
  const { t } = useTranslation()
  const modelName = useModelName()
  const { data: deployments } = useQuery({
    ...read('listDeployments', { query: { limit: 100 } }),
    enabled: by === 'deployment',
  })
  return (key) => {
    switch (by) {
      case 'day':
        return key
      case 'kind': {
        if (key === 'idle' || key === 'serve') return t(`energy.kinds.${key}`)
        const kind = stepKinds.find((one) => one === key)
        return kind === undefined ? key : t(`kind.${kind}`)
      }
      case 'model':
        return key === 'none' ? t('energy.noModel') : modelName(key)
      case 'deployment':
        return key === 'none' ? t('energy.noDeployment') : (deployments?.data.find(({ id }) => id === key)?.name ?? key)
    }
  }
}
