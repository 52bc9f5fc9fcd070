import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow'
import type { Approval } from '../contract'
import { entry } from './entry'
import { listPage } from './page'

/** Approvals that nobody has decided about, newest first. */
export async function searchApprovals(
  this: ILoadOptionsFunctions,
  filter?: string,
  after?: string,
): Promise<INodeListSearchResult> {
  return await listPage<Approval>(this, {
    path: '/v1/approvals',
    query: { status: 'pending' },
    filter,
    after,
    whenEmpty: 'Nothing waits for an approval',
    show: ({ id, deployment, model, requested_at: at }) =>
      entry(id, deployment, [model, at.slice(0, 16).replace('T', ' ')]),
  })
}
