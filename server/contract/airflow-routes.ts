import { airflowDagDetails, airflowDagPage, airflowDagQuery, airflowDagsQuery, createAirflowDagRun } from './airflow'
import { byId } from './ids'
import { job } from './jobs'
import { route } from './route'

const ofConnection = ['connection_not_found', 'airflow_connection_missing', 'invalid_request'] as const
const ofAirflow = [
  'airflow_access_refused',
  'airflow_unavailable',
  'address_refused',
  'secret_key_missing',
  'secret_unreadable',
] as const

/** The DAGs of an Airflow, and runs of them as jobs. */
export const airflowRoutes = {
  listAirflowDags: route({
    method: 'GET',
    path: '/v1/airflow/dags',
    summary: 'List the DAGs of an Airflow, by id',
    scope: 'read',
    query: airflowDagsQuery,
    reply: airflowDagPage,
    errors: [...ofConnection, ...ofAirflow],
  }),
  getAirflowDag: route({
    method: 'GET',
    path: '/v1/airflow/dags/:id',
    summary: 'One DAG, with its parameters as JSON Schema',
    scope: 'read',
    params: byId,
    query: airflowDagQuery,
    reply: airflowDagDetails,
    errors: [...ofConnection, ...ofAirflow, 'airflow_dag_not_found'],
  }),
  createAirflowDagRun: route({
    method: 'POST',
    path: '/v1/airflow/dag_runs',
    summary: 'Run a DAG as a job, which the server follows to its end',
    scope: 'write',
    body: createAirflowDagRun,
    reply: job,
    status: 201,
    errors: [...ofConnection, 'idempotency_conflict'],
  }),
} as const
