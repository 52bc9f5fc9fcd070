import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../../paths'
import { Facts } from '../../../ui/page'
import { newRunPath } from '../address'
import { Part } from '../part'

/** The data that were chosen, and the way back to the choice. */
export const ChosenPart = ({
  dataset,
  version,
  from,
}: {
  dataset: { id: string | null; name: string }
  version: number | null
  from: readonly string[]
}) => {
  const { t } = useTranslation()
  const { id, name } = dataset
  return (
    <Part number={1} title={t('newRun.data.title')} waitsFor="">
      <Facts
        of={[
          [
            t('datasets.dataset'),
            id === null ? (
              name
            ) : (
              <Link key="dataset" to={paths.dataset(id)}>
                {name}
              </Link>
            ),
          ],
          [t('datasets.version'), version === null ? null : String(version)],
          [t('datasets.source'), from.length === 0 ? null : from.join(', ')],
        ]}
      />
      <div>
        <Link className="button" to={newRunPath({})}>
          {t('newRun.data.other')}
        </Link>
      </div>
    </Part>
  )
}
