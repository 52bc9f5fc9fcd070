import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow'
import type { CreateJob, JobInput } from '../../../shared/contract'
import { choice, jobOptionFields, jobOptionsOf, optionalChoice } from '../../../shared/job-fields'
import { locator } from '../../../shared/locators'
import { connectionField } from '../../connection'
import { confOf, parameterFields } from '../../parameters'

const dagId = '[^/?#]+'

const plainDagField = locator({
  displayName: 'DAG',
  name: 'dag',
  description: 'The DAG to run; one that is paused in Airflow cannot be run',
  search: 'searchDags',
  placeholder: 'nightly_training',
})

/** Its address is the one that people see in Airflow. */
const dagField: INodeProperties = {
  ...plainDagField,
  modes: [
    ...(plainDagField.modes ?? []),
    {
      displayName: 'By URL',
      name: 'url',
      type: 'string',
      placeholder: 'https://airflow.example/dags/nightly_training',
      extractValue: { type: 'regex', regex: `^https?://.+/dags/(${dagId})` },
      validation: [
        {
          type: 'regex',
          properties: {
            regex: `^https?://.+/dags/${dagId}.*$`,
            errorMessage: 'That is not the address of a DAG in Airflow',
          },
        },
      ],
    },
  ],
}

export const requestFields: INodeProperties[] = [connectionField, dagField, ...parameterFields]

export const runOptions: INodeProperties[] = [
  {
    displayName: 'Logical Date',
    name: 'logical_date',
    type: 'dateTime',
    default: '',
    description: 'The time that the run stands for; a DAG has one run for each. Empty: none.',
  },
  {
    displayName: 'Note',
    name: 'note',
    type: 'string',
    default: '',
    description: 'Shown beside the run in Airflow',
  },
  {
    displayName: 'Results',
    name: 'xcoms',
    type: 'fixedCollection',
    typeOptions: { multipleValues: true },
    default: {},
    placeholder: 'Add result',
    description: 'What tasks of the run handed on (XComs), to go on with here',
    options: [
      {
        displayName: 'Result',
        name: 'values',
        values: [
          {
            displayName: 'Key',
            name: 'key',
            type: 'string',
            default: 'return_value',
            description: 'The key of the XCom; return_value is what a task returned',
          },
          {
            displayName: 'Map Index',
            name: 'map_index',
            type: 'number',
            typeOptions: { minValue: -1 },
            default: -1,
            description: 'Which of the tasks of a mapped one, from 0; -1 where the task is not mapped',
          },
          {
            displayName: 'Task ID',
            name: 'task_id',
            type: 'string',
            default: '',
            required: true,
            description: 'With its groups, e.g. "training.fit"',
          },
        ],
      },
    ],
  },
  ...jobOptionFields,
]

type Input = JobInput<'airflow-dag'>

interface Options {
  logical_date?: string
  note?: string
  xcoms?: { values?: { task_id: string; key: string; map_index: number }[] }
}

/** n8n's date field gives a time without a zone where none was chosen: it is taken as UTC. */
const withZone = (date: string): string => (/(Z|[+-]\d\d:?\d\d)$/.test(date) ? date : `${date}Z`)

/** The job that runs the DAG of an item. */
export const dagJob = (context: IExecuteFunctions, item: number): CreateJob => {
  const { logical_date: date, note, xcoms } = context.getNodeParameter('options', item, {}) as Options & IDataObject
  const input: Input = {
    connection: optionalChoice(context, 'connection', item),
    dag_id: choice(context, 'dag', 'DAG', item),
    conf: confOf(context, item) as NonNullable<Input['conf']>,
    ...(date ? { logical_date: withZone(date) } : {}),
    ...(note ? { note } : {}),
    ...(xcoms?.values ? { xcoms: xcoms.values } : {}),
  }
  return { kind: 'airflow-dag', input, job: jobOptionsOf(context, item) }
}
