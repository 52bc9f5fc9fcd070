import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow'
import type { Dataset } from '../contract'
import { day, entry } from './entry'
import { listPage } from './page'

/** Datasets with at least one version. */
export async function searchDatasets(
  this: ILoadOptionsFunctions,
  filter?: string,
  after?: string,
): Promise<INodeListSearchResult> {
  return await listPage<Dataset>(this, {
    path: '/v1/datasets',
    filter,
    after,
    whenEmpty: 'No datasets yet: run Forge Ingest first',
    show: ({ id, name, latest_version: newest }) =>
      newest === null
        ? null
        : entry(id, name, [
            `version ${newest.version}`,
            `${newest.rows + newest.validation_rows} rows`,
            day(newest.created_at),
          ]),
  })
}
