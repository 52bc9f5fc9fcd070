import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow'
import type { Job } from '../../shared/contract'
import { entry } from '../../shared/listSearch/entry'
import { listPage } from '../../shared/listSearch/page'

/** Jobs that ran a DAG, newest first. */
export async function searchDagRuns(
  this: ILoadOptionsFunctions,
  filter?: string,
  after?: string,
): Promise<INodeListSearchResult> {
  return await listPage<Job>(this, {
    path: '/v1/jobs',
    query: { kind: 'airflow-dag' },
    filter,
    after,
    whenEmpty: 'No DAG was run yet',
    show: ({ id, status, input, created_at: at }) =>
      entry(id, String((input as { dag_id?: unknown }).dag_id), [status, at.slice(0, 16).replace('T', ' ')]),
  })
}
