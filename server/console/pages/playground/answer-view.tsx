import { useTranslation } from 'react-i18next'
import { Badge } from '../../ui/badge'
import { ErrorNote } from '../../ui/states'
import { useFormats } from '../../ui/use-formats'
import { isJson, paceOf, type Answer } from './answer'
import { useEnergyRate } from './use-energy-rate'

const tones = { waiting: 'busy', streaming: 'busy', done: 'good', stopped: 'idle', failed: 'bad' } as const

/** What an answer took: what the engine counted, and what the browser's clock says. */
const AnswerFigures = ({ model, answer }: { model: string; answer: Answer }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const rate = useEnergyRate(model)
  const pace = paceOf(answer)
  if (pace === null) return null
  const { usage } = answer
  const tokens = (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0)
  const taken = rate && tokens > 0 ? { ...rate, joules: rate.joules * tokens, cost: rate.cost * tokens } : null
  const figures: [string, string][] = [
    [
      t('usage.tokens'),
      usage === null
        ? t('playground.notCounted')
        : t('playground.tokens', {
            prompt: format.number(usage.prompt_tokens),
            answer: format.number(usage.completion_tokens),
          }),
    ],
    [t('playground.time'), format.duration(pace.seconds)],
    ...(pace.firstSeconds === null
      ? []
      : [[t('playground.first'), format.duration(pace.firstSeconds)] as [string, string]]),
    ...(pace.tokensPerSecond === null
      ? []
      : [
          [t('playground.pace'), format.number(pace.tokensPerSecond, { maximumSignificantDigits: 3 })] as [
            string,
            string,
          ],
        ]),
    [t('usage.energy'), taken === null ? t('usage.notMetered') : `≈ ${format.energy(taken.joules)}`],
    [t('usage.cost'), taken === null ? t('usage.notMetered') : `≈ ${format.money(taken.cost, taken.currency)}`],
  ]
  return (
    <dl className="inline-facts">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

interface Props {
  /** as the API knows it */
  model: string
  name: string
  answer: Answer
  asJson: boolean
}

/** What one model answered: its text as it comes, how it ended, and what it took. */
export const AnswerView = ({ model, name, answer, asJson }: Props) => {
  const { t } = useTranslation()
  const { state, text, finish, error } = answer
  return (
    <article className="card answer" aria-label={name}>
      <div className="row">
        <strong>{name}</strong>
        <span role="status">
          <Badge tone={tones[state]}>{t(`playground.states.${state}`)}</Badge>
        </span>
        {state === 'done' && finish === 'length' && <Badge tone="warn">{t('playground.cutOff')}</Badge>}
        {state === 'done' && asJson && (
          <Badge tone={isJson(text) ? 'good' : 'bad'}>
            {t(isJson(text) ? 'playground.isJson' : 'playground.noJson')}
          </Badge>
        )}
      </div>
      {text !== '' && <div className="answer-text">{text}</div>}
      {state === 'failed' && <ErrorNote error={error} />}
      <AnswerFigures model={model} answer={answer} />
    </article>
  )
}
