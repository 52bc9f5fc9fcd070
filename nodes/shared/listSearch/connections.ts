import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow'
import type { Connection } from '../contract'
import { entry } from './entry'
import { listPage } from './page'

/** Stored connections to where data lies: web servers, S3, PostgreSQL. */
export async function searchConnections(
  this: ILoadOptionsFunctions,
  filter?: string,
  after?: string,
): Promise<INodeListSearchResult> {
  return await listPage<Connection>(this, {
    path: '/v1/connections',
    filter,
    after,
    whenEmpty: 'No connections yet: make one with forge connections create',
    show: ({ id, name, type }) => entry(id, name, [type]),
  })
}
