import { useTranslation } from 'react-i18next'
import { Page } from '../../ui/page'

const View = () => {
  const { t } = useTranslation()
  return <Page title={t('deployments.title')}>{null}</Page>
}
export default View
