import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { AnswerView } from './answer-view'
import type { Turn } from './call'

/** The questions so far, each with what the models answered, side by side. A new question moves to the top of the window. */
export const Turns = ({ turns, nameOf }: { turns: readonly Turn[]; nameOf: (model: string) => string }) => {
  const { t } = useTranslation()
  const last = useRef<HTMLElement>(null)
  useEffect(() => {
    // newer browsers give a promise, which React would take for the effect's end: it must not be returned
    last.current?.scrollIntoView({ block: turns.length > 1 ? 'start' : 'nearest' })
  }, [turns.length])
  return turns.map((turn, index) => (
    <section
      key={index}
      ref={index === turns.length - 1 ? last : null}
      className="stack"
      aria-label={t('playground.turn', { number: index + 1 })}
    >
      <div className="question">{turn.prompt}</div>
      <div className="columns">
        {Object.entries(turn.answers).map(([model, answer]) => (
          <AnswerView key={model} model={model} name={nameOf(model)} answer={answer} asJson={turn.asJson} />
        ))}
      </div>
    </section>
  ))
}
