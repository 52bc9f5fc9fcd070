import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow'
import type { Reply } from '../../shared/contract'
import { entry } from '../../shared/listSearch/entry'
import { forge } from '../../shared/transport'
import { connectionQuery } from '../connection'
import { withVersion } from '../server-version'

const pageSize = 50

/** The DAGs of the Airflow, by ID; Airflow itself searches. Paused ones are marked: they cannot be run. */
export async function searchDags(
  this: ILoadOptionsFunctions,
  filter?: string,
  offset?: string,
): Promise<INodeListSearchResult> {
  const skipped = Number(offset ?? 0)
  const { data, has_more } = await withVersion(this, () =>
    forge<Reply<'listAirflowDags'>>(this, {
      method: 'GET',
      path: '/v1/airflow/dags',
      query: {
        ...connectionQuery(this),
        limit: pageSize,
        offset: skipped,
        ...(filter === undefined ? {} : { search: filter }),
      },
    }),
  )
  if (data.length === 0 && filter === undefined)
    return { results: [entry('', 'No DAGs: Airflow shows none to the user of the connection')] }
  return {
    results: data.map(({ id, name, is_paused, has_import_errors, schedule }) =>
      entry(id, name, [is_paused ? 'paused' : null, has_import_errors ? 'import errors' : null, schedule]),
    ),
    ...(has_more ? { paginationToken: String(skipped + data.length) } : {}),
  }
}
