import { useTranslation } from 'react-i18next'
import { Part } from '../part'
import { BaseModelField } from './base-model-field'
import { DraftNumber } from './draft-number'
import type { DraftProps } from './draft-props'

/** What learns, and how long; the rest has good defaults and stands under "More". */
export const ModelPart = (props: DraftProps) => {
  const { t } = useTranslation()
  return (
    <Part number={3} title={t('newRun.model.title')} waitsFor="">
      <BaseModelField {...props} />
      <div className="row top-aligned">
        <DraftNumber name="epochs" {...props} />
        <DraftNumber name="max_steps" {...props} />
      </div>
      <details>
        <summary>{t('newRun.model.more')}</summary>
        <div className="stack">
          <p className="muted">{t('newRun.model.method')}</p>
          <div className="row top-aligned">
            <DraftNumber name="learning_rate" {...props} />
            <DraftNumber name="batch_size" {...props} />
            <DraftNumber name="max_length" {...props} />
            <DraftNumber name="lora_rank" {...props} />
            <DraftNumber name="early_stopping_patience" {...props} />
            <DraftNumber name="seed" {...props} />
          </div>
        </div>
      </details>
    </Part>
  )
}
