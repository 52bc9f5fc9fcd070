import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'
import { useTranslation } from 'react-i18next'
import type { DatasetVersion } from '../../../../contract/datasets'
import type { Answer } from '../../../api/client'
import { read } from '../../../api/query'
import { Figure, Figures } from '../../../ui/page'
import { Loaded } from '../../../ui/states'
import { useFormats } from '../../../ui/use-formats'
import { Part } from '../part'
import { effectiveEpochs, fineTuneOf, isReady, type Draft } from './draft'
import { largestMemory } from './room'

/** The memory that the training books, beside what the largest worker has. */
const Memory = ({ needed }: { needed: number }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { data } = useQuery(read('listWorkers', { query: { limit: 100 } }))
  if (data === undefined) return null
  const there = largestMemory(data.data)
  if (there === null) return <p className="note warn">{t('newRun.estimate.noWorker')}</p>
  return (
    <p className={there < needed ? 'note warn' : 'muted'}>
      {t(there < needed ? 'newRun.estimate.tooSmall' : 'newRun.estimate.fits', {
        needed: format.bytes(needed),
        there: format.bytes(there),
      })}
    </p>
  )
}

const Estimate = ({ estimate }: { estimate: Answer<'estimateJob'> }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { seconds, energy_joules: joules, cost, currency, memory_bytes: memory, basis } = estimate
  return (
    <>
      <Figures>
        <Figure name={t('newRun.estimate.time')}>{seconds === null ? '–' : format.duration(seconds)}</Figure>
        <Figure name={t('usage.energy')}>{joules === null ? '–' : format.energy(joules)}</Figure>
        <Figure name={t('usage.cost')}>{cost === null ? '–' : format.money(cost, currency)}</Figure>
        <Figure name={t('newRun.estimate.memory')}>{memory === null ? '–' : format.bytes(memory)}</Figure>
      </Figures>
      {seconds === null ? (
        <p className="note">{t('newRun.estimate.none')}</p>
      ) : (
        <p className="muted">{t('newRun.estimate.basis', { basis })}</p>
      )}
      {memory !== null && <Memory needed={memory} />}
    </>
  )
}

/** What the training would take, from earlier runs here. */
export const EstimatePart = ({
  draft,
  version,
  dataset,
}: {
  draft: Draft
  version: DatasetVersion
  dataset: string
}) => {
  const { t } = useTranslation()
  const settled = useDeferredValue(draft)
  const asked = fineTuneOf(settled, dataset, version.id)
  const input = {
    ...asked,
    hyperparameters: { ...asked.hyperparameters, epochs: effectiveEpochs(settled, version.rows) },
  }
  const query = useQuery({
    ...read('estimateJob', { body: { kind: 'fine-tune', input } }),
    enabled: isReady(settled, dataset),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
  return (
    <Part number={4} title={t('newRun.estimate.title')} waitsFor="">
      <Loaded query={query}>{(estimate) => <Estimate estimate={estimate} />}</Loaded>
    </Part>
  )
}
