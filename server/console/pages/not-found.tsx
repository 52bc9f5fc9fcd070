import { useTranslation } from 'react-i18next'
import { Link, useRouteError } from 'react-router'
import { paths } from '../paths'
import { Page } from '../ui/page'
import { ErrorNote } from '../ui/states'

export const NotFound = () => {
  const { t } = useTranslation()
  return (
    <Page title={t('notFound.title')}>
      <p>
        {t('notFound.text')} <Link to={paths.start()}>{t('start.title')}</Link>
      </p>
    </Page>
  )
}

/** A view that failed, with a way out: a defect must not leave a white page. */
export const Broken = () => {
  const { t } = useTranslation()
  return (
    <main>
      <Page title={t('broken.title')}>
        <ErrorNote error={useRouteError()} />
        <p>
          <a href={paths.start()}>{t('broken.again')}</a>
        </p>
      </Page>
    </main>
  )
}
