import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../session'
import { Page } from '../../ui/page'
import { Empty } from '../../ui/states'
import { useRunAddress } from './address'
import { DataPart } from './data/data-part'
import { FromJob } from './from-job'
import { FromVersion } from './from-version'
import { LockedParts } from './locked-parts'
import { firstDraft, type Draft } from './plan/draft'

const Run = () => {
  const [{ job, dataset, of }, go] = useRunAddress()
  // kept while the data are read in another way
  const [draft, setDraft] = useState<Draft>(firstDraft)
  const onStarted = (jobId: string): void => go({ job: jobId })
  if (typeof job === 'string') return <FromJob key={job} id={job} onStarted={onStarted} />
  if (typeof dataset === 'string')
    return (
      <FromVersion
        id={dataset}
        of={of ?? null}
        draft={draft}
        change={(part) => setDraft((before) => ({ ...before, ...part }))}
        onStarted={onStarted}
      />
    )
  return (
    <>
      <DataPart onStarted={onStarted} />
      <LockedParts from={2} />
    </>
  )
}

/** From data to a model in service, without code: each part opens when the one before it is done. */
const NewRun = () => {
  const { t } = useTranslation()
  const mayWrite = useMay('write')
  return <Page title={t('newRun.title')}>{mayWrite ? <Run /> : <Empty title={t('newRun.mayNot')} />}</Page>
}
export default NewRun
