import { AirflowError } from '../../airflow/error'
import type { ConnectedAirflow } from '../../connections/airflow'
import type { AirflowDagInput, AirflowDagResult } from '../../contract/airflow'
import type { OpenRun } from './open-runs'

/** Longest value that becomes part of a job's result, in characters of JSON. */
const longest = 1024 ** 2

const tooLong = 'it is larger than 1 MiB'

/** The values that the result shall carry; one that is not there says so and fails nothing: the run succeeded. */
export const readXComs = async (
  { client }: ConnectedAirflow,
  { dagId, runId, input }: OpenRun,
): Promise<AirflowDagResult['xcoms']> => {
  const values: AirflowDagResult['xcoms'] = []
  for (const choice of input.xcoms) {
    const { value, problem } = await read(client, { dagId, runId }, choice)
    values.push({ ...choice, value: value as AirflowDagResult['xcoms'][number]['value'], problem })
  }
  return values
}

const read = async (
  client: ConnectedAirflow['client'],
  run: { dagId: string; runId: string },
  { task_id: taskId, key, map_index: mapIndex }: AirflowDagInput['xcoms'][number],
): Promise<{ value: unknown; problem: string | null }> => {
  try {
    const value = await client.xcom(run, { taskId, key, mapIndex })
    if (value === undefined) return { value: null, problem: 'the task pushed nothing under this key' }
    if (JSON.stringify(value).length > longest) return { value: null, problem: tooLong }
    return { value, problem: null }
  } catch (error) {
    if (error instanceof AirflowError && error.problem === 'too_large') return { value: null, problem: tooLong }
    throw error
  }
}
