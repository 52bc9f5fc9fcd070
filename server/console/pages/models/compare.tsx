import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Model } from '../../../contract/models'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { Card, Page } from '../../ui/page'
import { ErrorNote, Loaded, Loading } from '../../ui/states'
import { useFormats } from '../../ui/use-formats'
import { CompareFacts } from './compare-facts'
import { DatasetLink } from './dataset-link'
import { useColumnNames } from './model-link'
import { pickPair, type Measured, type Pair } from './pick-pair'
import { SampleTexts } from './sample-texts'
import { joinSamples } from './samples'
import { ScoresTable } from './scores-table'
import type { Scores } from './scores'

const scoresOf = ({ evaluation: { result }, side }: Measured): Scores =>
  side === 'baseline' && result.baseline !== null ? result.baseline : result.model

/** The texts of both, joined by the row that they answer. */
const JoinedTexts = ({ pair, names }: { pair: Extract<Pair, { kind: 'same_data' }>; names: readonly string[] }) => {
  const { first, second } = pair
  const one = useQuery(read('getEvaluationItems', { params: { id: first.evaluation.id } }))
  const other = useQuery(read('getEvaluationItems', { params: { id: second.evaluation.id } }))
  return (
    <Loaded query={one}>
      {(a) => (
        <Loaded query={other}>
          {(b) => <SampleTexts names={names} samples={joinSamples([a.items, b.items], [first.side, second.side])} />}
        </Loaded>
      )}
    </Loaded>
  )
}

/** By which evaluations they are compared, and whether that is fair. */
const Basis = ({ pair, names }: { pair: Pair; names: readonly string[] }) => {
  const { t } = useTranslation()
  const format = useFormats()
  if (pair.kind === 'missing') {
    const lacking = [pair.first, pair.second].flatMap((found, place) => (found === null ? [names[place] ?? ''] : []))
    return <p className="note warn">{t('models.notEvaluated', { names: lacking.join(', ') })}</p>
  }
  return (
    <div className={pair.kind === 'same_data' ? 'note' : 'note warn'}>
      <p>{t(pair.kind === 'same_data' ? 'models.sameData' : 'models.otherData')}</p>
      <ul>
        {[pair.first, pair.second].map(({ evaluation }, place) => (
          <li key={names[place]}>
            {names[place]}:{' '}
            <Link to={paths.evaluation(evaluation.id)}>
              {t('models.evaluationOf', { time: format.time(evaluation.created_at) })}
            </Link>
            , <DatasetLink versionId={evaluation.dataset_version_id} />
          </li>
        ))}
      </ul>
    </div>
  )
}

const Pairwise = ({ pair: models }: { pair: readonly [Model, Model] }) => {
  const { t } = useTranslation()
  const names = useColumnNames(models.map(({ id }) => id))
  const query = useQuery(read('listEvaluations', { query: { limit: 100 } }))
  return (
    <>
      <CompareFacts models={models} names={names} />
      <Loaded query={query}>
        {({ data }) => {
          const pair = pickPair(data, models)
          return (
            <>
              <Basis pair={pair} names={names} />
              {pair.kind !== 'missing' && (
                <Card title={t('evaluation.figures')}>
                  <ScoresTable
                    label={t('evaluation.figures')}
                    sides={[pair.first, pair.second].map((measured, place) => ({
                      name: names[place] ?? '',
                      scores: scoresOf(measured),
                    }))}
                  />
                </Card>
              )}
              {pair.kind === 'same_data' && <JoinedTexts pair={pair} names={names} />}
            </>
          )
        }}
      </Loaded>
    </>
  )
}

/** Two models beside each other: what they are, what their training took, and what they wrote for the same rows. */
export const Compare = ({ ids: [first, second] }: { ids: readonly [string, string] }) => {
  const { t } = useTranslation()
  const one = useQuery(read('getModel', { params: { id: first } }))
  const other = useQuery(read('getModel', { params: { id: second } }))
  const error = one.error ?? other.error
  return (
    <Page
      title={t('models.compareTitle')}
      actions={
        <Link className="button" to={paths.models()}>
          {t('models.allModels')}
        </Link>
      }
    >
      {error && <ErrorNote error={error} />}
      {!error && !(one.data && other.data) && <Loading />}
      {one.data && other.data && <Pairwise pair={[one.data, other.data]} />}
    </Page>
  )
}
