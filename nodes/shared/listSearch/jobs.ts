import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow'
import type { Job } from '../contract'
import { entry } from './entry'
import { listPage } from './page'

/** Jobs of every kind, newest first. */
export async function searchJobs(
  this: ILoadOptionsFunctions,
  filter?: string,
  after?: string,
): Promise<INodeListSearchResult> {
  return await listPage<Job>(this, {
    path: '/v1/jobs',
    filter,
    after,
    whenEmpty: 'No jobs yet',
    show: ({ id, kind, status, created_at: at }) => entry(id, id, [kind, status, at.slice(0, 16).replace('T', ' ')]),
  })
}
