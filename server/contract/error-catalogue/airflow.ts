import { of, type ErrorEntry } from './entry'

/** Of an Airflow that Forge talks to. */
export const airflowErrors = {
  airflow_dag_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `Airflow at ${of(f, 'host')} has no DAG "${of(f, 'dag_id')}".`,
    hint: 'GET /v1/airflow/dags lists the DAGs that the credentials of the connection may see.',
  },
  airflow_dag_paused: {
    status: 409,
    retryable: false,
    message: (f) => `The DAG "${of(f, 'dag_id')}" is paused in Airflow: a run of it would wait for good.`,
    hint: 'Unpause it in Airflow, then retry the job.',
  },
  airflow_run_refused: {
    status: 422,
    retryable: false,
    message: (f) => `Airflow does not start the DAG "${of(f, 'dag_id')}": ${of(f, 'detail')}`,
    hint: 'Correct conf and logical_date; GET /v1/airflow/dags/<id> gives the parameters as JSON Schema.',
  },
  airflow_run_failed: {
    status: 422,
    retryable: false,
    message: (f) => `The run ${of(f, 'run_id')} of the DAG "${of(f, 'dag_id')}" failed in Airflow: ${of(f, 'detail')}.`,
    hint: 'Read the log of the task in Airflow; progress.url leads to the run. Retrying the job starts another run.',
  },
  airflow_run_lost: {
    status: 410,
    retryable: false,
    message: (f) => `The run ${of(f, 'run_id')} of the DAG "${of(f, 'dag_id')}" is not in Airflow any more.`,
    hint: 'It was deleted there. Retrying the job starts another run.',
  },
  airflow_asset_not_found: {
    status: 404,
    retryable: false,
    message: (f) => `Airflow at ${of(f, 'host')} has no active asset with the name or URI "${of(f, 'asset')}".`,
    hint: 'An asset is known there once a DAG that is parsed names it.',
  },
  airflow_access_refused: {
    status: 422,
    retryable: false,
    message: (f) => `Airflow at ${of(f, 'host')} refuses access: ${of(f, 'detail')}.`,
    hint: 'Give the connection a password or token that is valid, of a user who may read and start this DAG.',
  },
  airflow_unavailable: {
    status: 502,
    retryable: true,
    message: (f) => `Airflow at ${of(f, 'host')} cannot be asked: ${of(f, 'detail')}.`,
    hint: 'Check that its API server (Airflow 3) runs, and base_url of the connection; POST /v1/connections/<id>/test tries it.',
  },
  airflow_connection_missing: {
    status: 404,
    retryable: false,
    message: () => 'This project has no connection of type airflow.',
    hint: 'Make one: `forge connections create <name> --type airflow --set base_url=<url> --set username=<user> --secrets <file>`.',
  },
} satisfies Record<string, ErrorEntry>
