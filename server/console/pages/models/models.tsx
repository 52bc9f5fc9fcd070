import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { Page } from '../../ui/page'
import { Empty, Loaded } from '../../ui/states'
import { Compare } from './compare'
import { BaseModels, TunedModels } from './model-tables'

/** All models, tuned ones first; with `?compare=a,b` those two beside each other. */
const Models = () => {
  const { t } = useTranslation()
  const query = useQuery(read('listModels', {}))
  const [search] = useSearchParams()
  const [first, second] = (search.get('compare') ?? '').split(',')
  if (first && second) return <Compare ids={[first, second]} />
  return (
    <Page
      title={t('models.title')}
      actions={
        <Link className="button primary" to={paths.newRun()}>
          {t('newRun.title')}
        </Link>
      }
    >
      <Loaded query={query}>
        {({ data }) => {
          const tuned = data.filter(({ kind }) => kind === 'adapter')
          const bases = data.filter(({ kind }) => kind === 'base')
          return (
            <>
              {tuned.length === 0 ? (
                <Empty title={t('models.none')}>
                  <Link to={paths.newRun()}>{t('start.firstModel')}</Link>
                </Empty>
              ) : (
                <TunedModels models={tuned} bases={bases} />
              )}
              <BaseModels models={bases} />
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}
export default Models
