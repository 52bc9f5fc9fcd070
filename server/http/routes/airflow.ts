import type { Dag } from '../../airflow/client'
import { AirflowError } from '../../airflow/error'
import type { ConnectedAirflow } from '../../connections/airflow'
import type { AirflowDag } from '../../contract/airflow'
import { ForgeError } from '../../contract/errors'
import { routes } from '../../contract/routes'
import { findAirflowConnection } from '../../storage/sql/find-airflow-connection'
import { parametersOf } from '../airflow-parameters'
import { createStepJob } from '../create-step-job'
import type { Ports } from '../ports'
import type { Register } from '../register'

const view = (dag: Dag, baseUrl: string): AirflowDag => ({
  id: dag.dag_id,
  object: 'airflow_dag',
  name: dag.dag_display_name,
  description: dag.description,
  is_paused: dag.is_paused,
  has_import_errors: dag.has_import_errors,
  schedule: dag.timetable_summary,
  owners: dag.owners,
  tags: dag.tags.map(({ name }) => name),
  url: `${baseUrl.replace(/\/+$/, '')}/dags/${encodeURIComponent(dag.dag_id)}`,
})

export const airflowRoutes = (on: Register, ports: Ports): void => {
  const { db, openAirflow } = ports
  /** Asks the Airflow that the call means. Its refusals are thrown in the catalogue's words. */
  const ask = async <T>(
    projectId: string,
    connection: string | undefined,
    question: (airflow: ConnectedAirflow) => Promise<T>,
  ): Promise<T> => {
    const { id } = await findAirflowConnection(db, projectId, connection ?? null)
    const airflow = await openAirflow(db, projectId, id)
    return await question(airflow).catch((error: unknown) => {
      throw airflow.toForgeError(error)
    })
  }

  on(routes.listAirflowDags, ({ query: { connection, search, offset, limit }, caller }) =>
    ask(caller.projectId, connection, async ({ client, baseUrl }) => {
      const { dags, total_entries: total } = await client.dags({
        limit,
        offset,
        order_by: ['dag_id'],
        ...(search === undefined ? {} : { dag_id_pattern: search }),
      })
      const data = dags.map((dag) => view(dag, baseUrl))
      return { object: 'list' as const, data, has_more: offset + data.length < total, total }
    }),
  )
  on(routes.getAirflowDag, ({ params: { id }, query: { connection }, caller }) =>
    ask(caller.projectId, connection, async ({ client, baseUrl, connectionId }) => {
      const dag = await client.dagDetails(id).catch((error: unknown) => {
        if (!(error instanceof AirflowError) || error.problem !== 'not_found') throw error
        const { host } = new URL(baseUrl)
        throw new ForgeError('airflow_dag_not_found', { host, dag_id: id }, { cause: error })
      })
      return { ...view(dag, baseUrl), connection_id: connectionId, parameters: parametersOf(dag.params) }
    }),
  )
  on(routes.createAirflowDagRun, (call) => {
    const { job, ...input } = call.body
    return createStepJob(ports, call, { kind: 'airflow-dag', input, job })
  })
}
