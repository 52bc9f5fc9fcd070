import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'
import type { CreateJob, Deployment, Job, JobInput } from '../../../shared/contract'
import { usageFields } from '../../../shared/energy'
import { choice, jobOptionFields, jobOptionsOf } from '../../../shared/job-fields'
import { locator } from '../../../shared/locators'
import { pairs } from '../../../shared/item-ranges'
import type { WaitContext } from '../../../shared/wait-state'
import { forOperation } from '../../../shared/show'
import { forge } from '../../../shared/transport'
import { waitForJobs, waitOptions, type WaitingJob } from '../../../shared/wait'

const outputs = 2

export const deploymentField: INodeProperties = locator({
  displayName: 'Deployment',
  name: 'deployment',
  description: 'The deployment, by its name or ID',
  search: 'searchDeployments',
  placeholder: 'product-texts',
  collection: 'deployments',
})

const modelField: INodeProperties = locator({
  displayName: 'Model',
  name: 'model',
  description: 'The model that shall answer under this name',
  search: 'searchTunedModels',
  placeholder: 'model_…',
  collection: 'models',
})

const forceFields: INodeProperties[] = [
  {
    displayName: 'Deploy Although the Gate Failed',
    name: 'force',
    type: 'boolean',
    default: false,
    description: 'Whether to deploy a model that did not pass its last evaluation; it is written to the audit log',
  },
  {
    displayName: 'Reason',
    name: 'reason',
    type: 'string',
    default: '',
    description: 'Stands in the history of the deployment; needed to deploy against the gate',
  },
]

const optionsField = (given: INodeProperties[]): INodeProperties => ({
  displayName: 'Options',
  name: 'options',
  type: 'collection',
  placeholder: 'Add option',
  default: {},
  options: [...given, ...jobOptionFields, ...waitOptions].sort((a, b) => a.displayName.localeCompare(b.displayName)),
})

const idleField: INodeProperties = {
  displayName: 'Idle Timeout',
  name: 'idle_timeout_s',
  type: 'number',
  typeOptions: { minValue: 0 },
  default: 300,
  description: 'Seconds without a request until it sleeps and frees its memory; 0 never sleeps',
}

export const fields: INodeProperties[] = [
  ...forOperation(
    [
      {
        displayName: 'Name',
        name: 'name',
        type: 'string',
        default: '',
        required: true,
        placeholder: 'e.g. product-texts',
        description:
          'What the deployment is called by: lower case letters, digits, dashes. A name that is there gets the new model.',
      },
    ],
    'deploy',
  ),
  ...forOperation([deploymentField], ['update', 'rollBack']),
  ...forOperation([modelField, optionsField([idleField, ...forceFields])], ['deploy', 'update']),
  ...forOperation([optionsField(forceFields.slice(1))], 'rollBack'),
]

type Input = JobInput<'deploy'>

const deployJob = async (context: IExecuteFunctions, operation: string, item: number): Promise<CreateJob> => {
  const {
    force,
    reason,
    idle_timeout_s: idle,
  } = context.getNodeParameter('options', item, {}) as {
    force?: boolean
    reason?: string
    idle_timeout_s?: number
  }
  const input: Input = {
    ...(operation === 'rollBack' ? await before(context, item) : await named(context, operation, item)),
    ...(force === true ? { force } : {}),
    ...(reason ? { reason } : {}),
    ...(idle === undefined ? {} : { idle_timeout_s: idle === 0 ? null : idle }),
  }
  return { kind: 'deploy', input, job: jobOptionsOf(context, item) }
}

const find = async (context: IExecuteFunctions, item: number): Promise<Deployment> =>
  await forge<Deployment>(context, {
    method: 'GET',
    path: `/v1/deployments/${encodeURIComponent(choice(context, 'deployment', 'deployment', item))}`,
    itemIndex: item,
  })

const named = async (context: IExecuteFunctions, operation: string, item: number): Promise<Input> => ({
  name:
    operation === 'deploy' ? String(context.getNodeParameter('name', item)).trim() : (await find(context, item)).name,
  model: choice(context, 'model', 'model', item),
})

/** The model that served before. It was admitted then, so its gate does not hold an undo up. */
const before = async (context: IExecuteFunctions, item: number): Promise<Input> => {
  const { name, history, serving_generation: serving } = await find(context, item)
  const last = history
    .filter(({ state, generation }) => state === 'retired' && (serving === null || generation < serving))
    .sort((a, b) => b.generation - a.generation)[0]
  if (last) return { name, model: last.model, force: true, reason: 'roll back' }
  throw new NodeOperationError(context.getNode(), `Deployment "${name}" has no generation to roll back to`, {
    description: 'Only a model that served before can serve again: deploy one by its ID.',
    itemIndex: item,
  })
}

/** Rolls out per item; the execution parks until the model answers, or the roll-out failed and what served before stays. */
export const execute = async (context: IExecuteFunctions, operation: string): Promise<INodeExecutionData[][]> =>
  await waitForJobs(context, {
    outputs,
    present,
    jobs: async () => {
      const jobs: WaitingJob[] = []
      for (let item = 0; item < context.getInputData().length; item++) {
        jobs.push({ job: await deployJob(context, operation, item), items: [item] })
      }
      return jobs
    },
  })

/** The deployment as it is once the roll-out ended. */
export const present = async (context: WaitContext, job: Job, items: number[]): Promise<INodeExecutionData[][]> => {
  const { deployment_id: id, generation } = job.result as { deployment_id: string; generation: number }
  const deployment = await forge<Deployment>(context, {
    method: 'GET',
    path: `/v1/deployments/${encodeURIComponent(id)}`,
  })
  const json: IDataObject = {
    ...deploymentFields(deployment),
    generation,
    ...usageFields(job.usage),
    job_id: job.id,
  }
  return [[{ json, pairedItem: pairs(items) }], []]
}

export const deploymentFields = ({
  id,
  name,
  status,
  model,
  serving_generation: serving,
}: Deployment): IDataObject => ({
  deployment_id: id,
  name,
  status,
  model_id: model,
  serving_generation: serving,
})
