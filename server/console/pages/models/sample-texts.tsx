import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button'
import { useFormats } from '../../ui/use-formats'
import type { Sample } from './samples'

type ItemScores = NonNullable<Sample['written'][number]>['scores']
const shownFirst = 3
const shownMore = 20

/** The scores of one text in a line; those of the whole evaluation stand in its table. */
const ItemScoresLine = ({ scores }: { scores: ItemScores }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { chrf, brand_rules: rules, broken_rules: broken, language_match: match } = scores
  const parts = [
    typeof chrf === 'number'
      ? `${t('evaluation.metrics.chrf')} ${format.number(chrf, { maximumFractionDigits: 1 })}`
      : null,
    typeof rules === 'boolean' ? t(rules ? 'evaluation.rulesKept' : 'evaluation.rulesBroken') : null,
    Array.isArray(broken) ? broken.filter((rule) => typeof rule === 'string').join(', ') : null,
    typeof match === 'boolean' ? t(match ? 'evaluation.languageRight' : 'evaluation.languageWrong') : null,
  ].filter((part) => part !== null && part !== '')
  return <small className="muted">{parts.join(' · ')}</small>
}

const SampleView = ({ sample, names }: { sample: Sample; names: readonly string[] }) => {
  const { t } = useTranslation()
  const format = useFormats()
  return (
    <article className="card stack">
      <div>
        <h3>{t('evaluation.item', { number: format.number(sample.index + 1) })}</h3>
        <p className="said">{sample.prompt}</p>
      </div>
      <dl className="samples">
        <div>
          <dt>{t('evaluation.reference')}</dt>
          <dd className="said">{sample.reference}</dd>
        </div>
        {sample.written.map((written, place) => (
          <div key={names[place]}>
            <dt>{names[place]}</dt>
            {written === null ? (
              <dd className="muted">{t('evaluation.noText')}</dd>
            ) : (
              <>
                <dd className="said">{written.text === '' ? <em>{t('evaluation.emptyText')}</em> : written.text}</dd>
                <dd>
                  <ItemScoresLine scores={written.scores} />
                </dd>
              </>
            )}
          </div>
        ))}
      </dl>
    </article>
  )
}

/** Prompts with the text that was wanted and the texts that models wrote, side by side; some at first, more when asked. */
export const SampleTexts = ({ samples, names }: { samples: readonly Sample[]; names: readonly string[] }) => {
  const { t } = useTranslation()
  const [count, setCount] = useState(shownFirst)
  return (
    <section className="stack" aria-label={t('evaluation.texts')}>
      <h2>{t('evaluation.texts')}</h2>
      {samples.length === 0 && <p className="muted">{t('evaluation.noTexts')}</p>}
      {samples.slice(0, count).map((sample) => (
        <SampleView key={sample.index} sample={sample} names={names} />
      ))}
      {samples.length > count && (
        <div className="row">
          <Button onClick={() => setCount(count + shownMore)}>{t('actions.more')}</Button>
          <span className="muted">{t('evaluation.shown', { shown: count, all: samples.length })}</span>
        </div>
      )}
    </section>
  )
}
