import { useTranslation } from 'react-i18next'
import type { Deployment } from '../../../contract/deployments'
import { Card } from '../../ui/page'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { ModelLink } from '../models/model-link'
import { GenerationBadge } from './deployment-badge'

/** Which model served when and why, newest first. */
export const History = ({ deployment: { history } }: { deployment: Deployment }) => {
  const { t } = useTranslation()
  const format = useFormats()
  return (
    <Card title={t('deployments.history')}>
      <Table
        label={t('deployments.history')}
        rows={history}
        keyOf={({ generation }) => String(generation)}
        columns={[
          { title: t('deployments.generation'), cell: ({ generation }) => format.number(generation), isNumber: true },
          { title: t('deployments.model'), cell: ({ model }) => <ModelLink id={model} /> },
          { title: t('deployments.state'), cell: ({ state }) => <GenerationBadge state={state} /> },
          { title: t('deployments.reason'), cell: ({ reason }) => reason ?? '' },
          { title: t('deployments.at'), cell: ({ created_at }) => format.time(created_at) },
        ]}
      />
    </Card>
  )
}
