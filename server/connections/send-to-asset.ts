import { AirflowError } from '../airflow/error'
import { ForgeError } from '../contract/errors'
import type { Db } from '../storage/database'
import type { Senders } from '../webhooks/deliver'
import type { ConnectedAirflow, OpenAirflow } from './airflow'

const pageSize = 100

/** Airflow ends a URI that has no path with a slash: `forge://events` is `forge://events/` there. */
const plain = (uri: string): string => uri.replace(/\/+$/, '')

/** The number of an asset by its name or URI. Throws ForgeError `airflow_asset_not_found`. */
const assetId = async ({ client, baseUrl }: ConnectedAirflow, nameOrUri: string): Promise<number> => {
  for (const filter of [{ uri_pattern: nameOrUri }, { name_pattern: nameOrUri }]) {
    const { assets } = await client.assets({ ...filter, limit: pageSize })
    // the pattern also finds what only contains it
    const found = assets.find(({ name, uri }) => name === nameOrUri || plain(uri) === plain(nameOrUri))
    if (found) return found.id
  }
  throw new ForgeError('airflow_asset_not_found', { host: new URL(baseUrl).host, asset: nameOrUri })
}

/**
 * Brings an event to an asset: an asset event with the Forge event in `extra.forge_event`, so that DAGs scheduled on the
 * asset run. An event may come twice, with the same id, when an answer is lost.
 */
export const sendToAsset =
  (db: Db, openAirflow: OpenAirflow): Senders['airflow'] =>
  async ({ endpoint: { project_id, connection_id, asset }, event }) => {
    if (connection_id === null || asset === null) return { status: null, text: 'the endpoint names no asset' }
    let airflow: ConnectedAirflow | undefined
    try {
      airflow = await openAirflow(db, project_id, connection_id)
      const asset_id = await assetId(airflow, asset)
      const made = await airflow.client.createAssetEvent({ asset_id, extra: { forge_event: event } })
      return { status: 200, text: `asset event ${made.id}` }
    } catch (error) {
      const problem = airflow?.toForgeError(error) ?? error
      if (!(problem instanceof ForgeError)) return { status: null, text: String(error) }
      return { status: error instanceof AirflowError ? error.status : problem.status, text: problem.message }
    }
  }
