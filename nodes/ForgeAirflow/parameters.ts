import type {
  FieldType,
  IDataObject,
  IExecuteFunctions,
  ILoadOptionsFunctions,
  INodeProperties,
  ResourceMapperField,
  ResourceMapperFields,
} from 'n8n-workflow'
import type { Reply } from '../shared/contract'
import { jsonObject } from '../shared/json-field'
import { forge } from '../shared/transport'
import { connectionQuery } from './connection'
import { withVersion } from './server-version'

type JsonSchema = Reply<'getAirflowDag'>['parameters']['properties'][string]

/** The parameters of the run: a field for each that the DAG has, or one JSON object. */
export const parameterFields: INodeProperties[] = [
  {
    displayName: 'Specify Parameters',
    name: 'specify_parameters',
    type: 'options',
    noDataExpression: true,
    options: [
      { name: 'Define Fields', value: 'fields', description: 'A field for each parameter of the DAG' },
      { name: 'Using JSON', value: 'json', description: 'Needed where the DAG is chosen by an expression' },
    ],
    default: 'fields',
  },
  {
    displayName: 'Parameters',
    name: 'parameters',
    type: 'resourceMapper',
    noDataExpression: true,
    default: { mappingMode: 'defineBelow', value: null },
    displayOptions: { show: { specify_parameters: ['fields'] } },
    typeOptions: {
      loadOptionsDependsOn: ['dag.value', 'connection.value'],
      resourceMapper: {
        resourceMapperMethod: 'getDagParameters',
        mode: 'add',
        fieldWords: { singular: 'parameter', plural: 'parameters' },
        addAllFields: true,
        multiKeyMatch: false,
        supportAutoMap: false,
        noFieldsError: 'This DAG has no parameters',
      },
    },
  },
  {
    displayName: 'Parameters (JSON)',
    name: 'conf',
    type: 'json',
    default: '{}',
    description: 'The "conf" of the run: an object with a value for each parameter',
    displayOptions: { show: { specify_parameters: ['json'] } },
  },
]

/** The parameters of the chosen DAG as fields, typed from their JSON Schema. */
export async function getDagParameters(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
  const dag = this.getNodeParameter('dag', '', { extractValue: true })
  if (typeof dag !== 'string' || dag === '') return { fields: [], emptyFieldsNotice: 'Choose a DAG first' }
  if (dag.startsWith('='))
    return { fields: [], emptyFieldsNotice: 'The DAG is an expression: give its parameters as JSON' }
  const { parameters } = await withVersion(this, () =>
    forge<Reply<'getAirflowDag'>>(this, {
      method: 'GET',
      path: `/v1/airflow/dags/${encodeURIComponent(dag)}`,
      query: connectionQuery(this),
    }),
  )
  const fields = Object.entries(parameters.properties).map(([name, schema]) =>
    fieldOf(name, schema, parameters.required.includes(name)),
  )
  return fields.length === 0 ? { fields, emptyFieldsNotice: 'This DAG has no parameters' } : { fields }
}

const fieldOf = (id: string, schema: JsonSchema, required: boolean): ResourceMapperField => {
  const { title, enum: choices, default: given } = schema
  const type = typeOf(schema)
  return {
    id,
    displayName: typeof title === 'string' && title !== '' ? title : id,
    required,
    defaultMatch: false,
    display: true,
    type,
    ...(type === 'options' && Array.isArray(choices)
      ? {
          options: choices
            .filter((choice) => choice !== null)
            .map((choice) => ({ name: String(choice), value: choice as string | number | boolean })),
        }
      : {}),
    ...(given === undefined ? {} : { defaultValue: shown(given) }),
  }
}

/** Objects and lists are edited as JSON. */
const shown = (value: JsonSchema[string]): string | number | boolean | null =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : value

const typeOf = ({ type, format, enum: choices }: JsonSchema): FieldType => {
  if (Array.isArray(choices)) return 'options'
  const name = Array.isArray(type) ? type.find((each) => each !== 'null') : type
  if (name === 'integer' || name === 'number') return 'number'
  if (name === 'boolean' || name === 'object' || name === 'array') return name
  // days and times of day are texts for Airflow, in forms of their own
  return format === 'date-time' ? 'dateTime' : 'string'
}

/** The `conf` that an item asks for. A parameter whose field is empty keeps the default of the DAG. */
export const confOf = (context: IExecuteFunctions, item: number): IDataObject => {
  if (context.getNodeParameter('specify_parameters', item) === 'json')
    return jsonObject(context.getNode(), context.getNodeParameter('conf', item, '{}'), 'Parameters (JSON)', item)
  // by this name n8n checks and converts the values
  const values = (context.getNodeParameter('parameters.value', item, null) ?? {}) as IDataObject
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== ''))
}
