import { useTranslation } from 'react-i18next'
import { Part } from './part'

const titles = ['understood', 'model', 'estimate', 'gate', 'start'] as const

/** The parts that wait until the data are there, so that a person sees what comes. */
export const LockedParts = ({ from }: { from: 2 | 3 }) => {
  const { t } = useTranslation()
  return titles.slice(from - 2).map((name, index) => (
    <Part
      key={name}
      number={from + index}
      title={t(`newRun.${name}.title`)}
      waitsFor={t(from === 2 ? 'newRun.waitsForData' : 'newRun.waitsForReading')}
    >
      {null}
    </Part>
  ))
}
