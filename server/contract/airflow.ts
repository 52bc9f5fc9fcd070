import { z } from 'zod'
import { jobOptions } from './jobs'
import { json } from './json'

const connection = z.string().min(1).max(200)
const dagId = z.string().min(1).max(250)

/** A value that a task hands on, to be part of the job's result. */
export const airflowXComChoice = z.object({
  task_id: z.string().min(1).max(250),
  key: z.string().min(1).max(512).default('return_value'),
  map_index: z.int().min(-1).default(-1).describe('of a mapped task; -1: the task is not mapped'),
})

/** A run of a DAG in Airflow, which Forge starts once, follows to its end, and ends as failed when the job is cancelled. */
export const airflowDagInput = z.object({
  connection: connection
    .nullable()
    .default(null)
    .describe('id or name of a connection of type airflow; null: the only one of the project'),
  dag_id: dagId,
  conf: z
    .record(z.string(), json)
    .default({})
    .describe('the parameters of the run; GET /v1/airflow/dags/:id has their JSON Schema'),
  logical_date: z.iso
    .datetime({ offset: true })
    .nullable()
    .default(null)
    .describe('the time that the run stands for; a DAG has one run for each'),
  note: z.string().max(1000).nullable().default(null).describe('shown beside the run in Airflow'),
  xcoms: z.array(airflowXComChoice).max(20).default([]).describe('what the result shall carry when the run succeeded'),
})
export type AirflowDagInput = z.infer<typeof airflowDagInput>

export const createAirflowDagRun = airflowDagInput.extend({ job: jobOptions.prefault({}) })

/** What a job of kind `airflow-dag` ends with. */
export const airflowDagResult = z.object({
  dag_id: z.string(),
  dag_run_id: z.string(),
  url: z.string().describe('the run in Airflow'),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  duration_seconds: z.number().nullable().describe('as Airflow counted it'),
  xcoms: z.array(
    airflowXComChoice.required().extend({
      value: json,
      problem: z.string().nullable().describe('why there is no value: nothing was pushed, or it is larger than 1 MiB'),
    }),
  ),
})
export type AirflowDagResult = z.infer<typeof airflowDagResult>

const page = z.object({ connection: connection.optional().describe('id or name; without it the only one') })

/** Paged as Airflow pages: by the number of entries to leave out. */
export const airflowDagsQuery = page.extend({
  search: z.string().max(200).optional().describe('a part of the id'),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})
export const airflowDagQuery = page

export const airflowDag = z.object({
  id: z.string(),
  object: z.literal('airflow_dag'),
  name: z.string().describe('its display name'),
  description: z.string().nullable(),
  is_paused: z.boolean().describe('true: its runs do not begin, so Forge starts none'),
  has_import_errors: z.boolean(),
  schedule: z.string().nullable().describe('in words, e.g. `0 0 * * *`'),
  owners: z.array(z.string()),
  tags: z.array(z.string()),
  url: z.string(),
})
export type AirflowDag = z.infer<typeof airflowDag>

/** By id. */
export const airflowDagPage = z.object({
  object: z.literal('list'),
  data: z.array(airflowDag),
  has_more: z.boolean(),
  total: z.int(),
})

export const airflowDagDetails = airflowDag.extend({
  connection_id: z.string(),
  parameters: z
    .object({
      type: z.literal('object'),
      properties: z.record(z.string(), z.record(z.string(), json)),
      required: z.array(z.string()),
    })
    .describe('JSON Schema of `conf`; a default is in `default`'),
})
export type AirflowDagDetails = z.infer<typeof airflowDagDetails>
