import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { read } from '../../api/query'
import { distinct, nameModel, shortName } from './model-names'

/** What a model, a base or a checkpoint is called, by its id. */
export const useModelName = (): ((id: string) => string) => {
  const { data } = useQuery(read('listModels', {}))
  return (id) => nameModel(id, data?.data ?? []).text
}

/** The names of models as heads of columns: short, and no two the same. */
export const useColumnNames = (ids: readonly string[]): string[] => {
  const { data } = useQuery(read('listModels', {}))
  return distinct(ids.map((id) => ({ id, name: shortName(id, data?.data ?? []) })))
}

/** The name of a model, which leads to its view where it has one. */
export const ModelLink = ({ id }: { id: string }) => {
  const { data } = useQuery(read('listModels', {}))
  const { text, view } = nameModel(id, data?.data ?? [])
  return view === null ? <span className="mono">{text}</span> : <Link to={view}>{text}</Link>
}
