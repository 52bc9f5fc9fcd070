import type { ILoadOptionsFunctions, INodeProperties } from 'n8n-workflow'
import { locator } from '../shared/locators'

/** Which Airflow; empty for the only one of the project. */
export const connectionField: INodeProperties = locator({
  displayName: 'Connection',
  name: 'connection',
  description: 'The connection of the Forge server to an Airflow; empty takes the only one',
  search: 'searchAirflowConnections',
  placeholder: 'conn_…',
  collection: 'connections',
  required: false,
})

/** The connection that the editor's fields name, as a list or a schema is asked for. */
export const connectionQuery = (context: ILoadOptionsFunctions): { connection?: string } => {
  const value = context.getNodeParameter('connection', '', { extractValue: true })
  return typeof value === 'string' && value !== '' ? { connection: value } : {}
}
