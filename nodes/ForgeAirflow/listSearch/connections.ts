import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow'
import type { Connection } from '../../shared/contract'
import { entry } from '../../shared/listSearch/entry'
import { listPage } from '../../shared/listSearch/page'

/** Stored connections to an Airflow. */
export async function searchAirflowConnections(
  this: ILoadOptionsFunctions,
  filter?: string,
  after?: string,
): Promise<INodeListSearchResult> {
  return await listPage<Connection>(this, {
    path: '/v1/connections',
    filter,
    after,
    whenEmpty: 'No Airflow yet: make one with forge connections create --type airflow',
    show: (connection) =>
      connection.type === 'airflow' ? entry(connection.id, connection.name, [connection.settings.base_url]) : null,
  })
}
