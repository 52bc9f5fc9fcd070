import { useTranslation } from 'react-i18next'
import { Field } from '../../../ui/field'
import { CheckField } from '../check-field'
import { isDeploymentName } from '../data/names'
import { Part } from '../part'
import { gateOf, nameOf } from './draft'
import { DraftNumber } from './draft-number'
import type { DraftProps } from './draft-props'

const thresholds = { loss_better: 5, chrf_least: 30, language_least: 95 } as const

/** One condition of the gate, in words, which can be left out. */
const Threshold = ({ name, draft, change }: DraftProps & { name: keyof typeof thresholds }) => {
  const { t } = useTranslation()
  const isAsked = draft[name] !== null
  return (
    <>
      <CheckField
        label={t(`newRun.gate.${name}`)}
        hint={t(`newRun.gate.${name}Hint`)}
        checked={isAsked}
        onChange={(checked) => change({ [name]: checked ? thresholds[name] : null })}
      />
      {isAsked && (
        <div className="indented">
          <DraftNumber name={name} draft={draft} change={change} />
        </div>
      )}
    </>
  )
}

/** When the model is good enough, what it then serves as, and whether a person has the last word. */
export const GatePart = ({ dataset, ...props }: DraftProps & { dataset: string }) => {
  const { t } = useTranslation()
  const { draft, change } = props
  const name = nameOf(draft, dataset)
  return (
    <Part number={5} title={t('newRun.gate.title')} waitsFor="">
      <p className="muted">{t('newRun.gate.meaning')}</p>
      {(Object.keys(thresholds) as (keyof typeof thresholds)[]).map((threshold) => (
        <Threshold key={threshold} name={threshold} {...props} />
      ))}
      {Object.keys(gateOf(draft)).length === 0 && <p className="note">{t('newRun.gate.none')}</p>}
      <details>
        <summary>{t('newRun.model.more')}</summary>
        <DraftNumber name="max_items" {...props} />
      </details>
      <CheckField
        label={t('newRun.gate.deploys')}
        checked={draft.deploys}
        onChange={(deploys) => change({ deploys })}
      />
      {draft.deploys && (
        <div className="indented stack">
          <Field
            label={t('newRun.gate.name')}
            hint={t('newRun.gate.nameHint')}
            wrong={isDeploymentName(name) ? undefined : t('newRun.gate.nameRule')}
          >
            {(control) => (
              <input
                {...control}
                size={36}
                value={name}
                onChange={({ target }) => change({ deployment: target.value })}
              />
            )}
          </Field>
          <CheckField
            label={t('newRun.gate.asks')}
            hint={t('newRun.gate.asksHint')}
            checked={draft.asks}
            onChange={(asks) => change({ asks })}
          />
        </div>
      )}
    </Part>
  )
}
