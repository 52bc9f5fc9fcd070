import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow'
import type { Deployment } from '../contract'
import { day, entry } from './entry'
import { listPage } from './page'

/** Deployments that are not stopped. */
export async function searchDeployments(
  this: ILoadOptionsFunctions,
  filter?: string,
  after?: string,
): Promise<INodeListSearchResult> {
  return await listPage<Deployment>(this, {
    path: '/v1/deployments',
    filter,
    after,
    whenEmpty: 'No deployments yet: run Forge Deploy first',
    show: ({ id, name, status, model, created_at: at }) =>
      status === 'stopped' ? null : entry(id, name, [status, model, day(at)]),
  })
}
