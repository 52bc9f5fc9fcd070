import type { DagDetails } from '../airflow/client'
import type { AirflowDagDetails } from '../contract/airflow'

type Parameters = AirflowDagDetails['parameters']
type JsonSchema = Parameters['properties'][string]

/** As Airflow describes a parameter: the default, and the rules for its value. */
interface Described {
  value?: JsonSchema[string]
  schema?: JsonSchema
  description?: string | null
}

const allowsNull = ({ type }: JsonSchema): boolean =>
  type === undefined || type === 'null' || (Array.isArray(type) && type.includes('null'))

/** The parameters of a DAG as one JSON Schema of `conf`. One without a default that may not be null is required. Pure. */
export const parametersOf = (params: DagDetails['params']): Parameters => {
  const properties: Parameters['properties'] = {}
  const required: string[] = []
  for (const [name, described] of Object.entries(params ?? {})) {
    const { value = null, schema = {}, description = null } = described as Described
    properties[name] = {
      ...schema,
      ...(description === null ? {} : { description }),
      ...(value === null ? {} : { default: value }),
    }
    if (value === null && !allowsNull(schema)) required.push(name)
  }
  return { type: 'object', properties, required }
}
