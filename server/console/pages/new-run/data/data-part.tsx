import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Part } from '../part'
import { ConnectForm } from './connect-form'
import { ExistingChoice } from './existing-choice'
import { FileDrop } from './file-drop'

const ways = ['file', 'connect', 'existing'] as const

/** Where the rows come from. */
export const DataPart = ({ onStarted }: { onStarted: (jobId: string) => void }) => {
  const { t } = useTranslation()
  const [way, setWay] = useState<(typeof ways)[number]>('file')
  return (
    <Part number={1} title={t('newRun.data.title')} waitsFor="">
      <div className="row" role="radiogroup" aria-label={t('newRun.data.title')}>
        {ways.map((name) => (
          <label key={name} className="choice">
            <input type="radio" name="way" checked={way === name} onChange={() => setWay(name)} />
            {t(`newRun.data.ways.${name}`)}
          </label>
        ))}
      </div>
      {way === 'file' && <FileDrop onStarted={onStarted} />}
      {way === 'connect' && <ConnectForm onStarted={onStarted} />}
      {way === 'existing' && <ExistingChoice />}
    </Part>
  )
}
