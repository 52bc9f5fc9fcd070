import { useSearchParams } from 'react-router'
import { paths } from '../../paths'

/** What the run is about, as the address of the view says it: an ingest job under way, or the version that one made. */
export interface RunAddress {
  job?: string | null
  /** `dsv_…` */
  dataset?: string | null
  /** the dataset of that version: saves looking through all of them */
  of?: string | null
}

/** The address of the view for these data. */
export const newRunPath = (address: RunAddress): string => {
  const given = Object.entries(address).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const search = new URLSearchParams(given).toString()
  return search === '' ? paths.newRun() : `${paths.newRun()}?${search}`
}

/** The address that is open, and the way to another one. */
export const useRunAddress = (): [RunAddress, (next: RunAddress) => void] => {
  const [search, setSearch] = useSearchParams()
  const address = { job: search.get('job'), dataset: search.get('dataset'), of: search.get('of') }
  return [address, (next) => setSearch(new URLSearchParams(newRunPath(next).split('?')[1] ?? ''))]
}
