import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Evaluation } from '../../../contract/evaluations'
import { read } from '../../api/query'
import { Card } from '../../ui/page'
import { Loaded } from '../../ui/states'
import { GateChecks } from './gate-checks'
import { useColumnNames } from './model-link'
import { SampleTexts } from './sample-texts'
import { samplesOf } from './samples'
import { ScoresTable } from './scores-table'

/** What an evaluation found: gate, figures beside the baseline's, what to know about them, and the texts. */
export const EvaluationResultView = ({ evaluation: { id, result } }: { evaluation: Evaluation }) => {
  const { t } = useTranslation()
  const items = useQuery(read('getEvaluationItems', { params: { id } }))
  const { model, baseline, gate, notes } = result
  const sides = baseline === null ? [model] : [model, baseline]
  const names = useColumnNames(sides.map((side) => side.model))
  return (
    <>
      {notes.map((note) => (
        <p key={note} className="note">
          {note}
        </p>
      ))}
      <GateChecks gate={gate} />
      <Card title={t('evaluation.figures')}>
        <ScoresTable
          label={t('evaluation.figures')}
          sides={sides.map((scores, place) => ({ name: names[place] ?? scores.model, scores }))}
        />
      </Card>
      <Loaded query={items}>
        {(found) => (
          <SampleTexts
            names={names}
            samples={samplesOf(found.items, baseline === null ? ['model'] : ['model', 'baseline'])}
          />
        )}
      </Loaded>
    </>
  )
}
