import { useTranslation } from 'react-i18next'
import { NumberField } from '../number-field'
import { ranges, type NumberName } from './draft'
import type { DraftProps } from './draft-props'

/** One number of the draft, with its meaning. Empty: Forge chooses. */
export const DraftNumber = ({ name, draft, change }: DraftProps & { name: NumberName }) => {
  const { t } = useTranslation()
  return (
    <NumberField
      label={t(`newRun.number.${name}`)}
      hint={t(`newRun.numberHint.${name}`)}
      range={ranges[name]}
      value={draft[name]}
      onChange={(value) => change({ [name]: value })}
    />
  )
}
