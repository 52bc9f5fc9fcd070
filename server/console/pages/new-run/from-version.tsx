import { useQuery } from '@tanstack/react-query'
import { read } from '../../api/query'
import { Loaded } from '../../ui/states'
import { findVersion, type FoundVersion } from '../datasets/find-version'
import { ChosenPart } from './data/chosen-part'
import type { Run } from './flow/run'
import { TakeAway } from './flow/take-away'
import type { DraftProps } from './plan/draft-props'
import { EstimatePart } from './plan/estimate-part'
import { GatePart } from './plan/gate-part'
import { ModelPart } from './plan/model-part'
import { StartPart } from './start-part'
import { readOf } from './understood/read-of'
import { UnderstoodPart } from './understood/understood-part'

interface Props extends DraftProps {
  onStarted: (jobId: string) => void
}

const Parts = ({ found: { dataset, version }, draft, change, onStarted }: Props & { found: FoundVersion }) => {
  const query = useQuery(read('getJob', { params: { id: version.job_id } }))
  const locations = version.report.sources.map(({ location }) => location)
  return (
    <>
      <ChosenPart dataset={dataset} version={version.version} from={locations} />
      <Loaded query={query}>
        {(job) => {
          const asked = readOf(job)
          const { source, options } = asked
          const run: Run = { dataset: dataset.name, versionId: version.id, source, locations, options, draft }
          return (
            <>
              <UnderstoodPart version={version} read={asked} onStarted={onStarted} />
              <ModelPart draft={draft} change={change} />
              <EstimatePart draft={draft} version={version} dataset={dataset.name} />
              <GatePart draft={draft} change={change} dataset={dataset.name} />
              <StartPart run={run} />
              <TakeAway run={run} />
            </>
          )
        }}
      </Loaded>
    </>
  )
}

/** The page once the data are read: everything that can be chosen, and the start. */
export const FromVersion = ({ id, of, ...rest }: Props & { id: string; of: string | null }) => {
  const query = useQuery({
    queryKey: ['listDatasetVersions', 'found', id],
    queryFn: () => findVersion(id, of),
  })
  return <Loaded query={query}>{(found) => <Parts key={found.version.id} found={found} {...rest} />}</Loaded>
}
