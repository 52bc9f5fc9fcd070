import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'
import type { Deployment, Job, JobInput } from '../../../shared/contract'
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

/** seconds */
const week = 7 * 86_400

const approvalFields: INodeProperties[] = [
  {
    displayName: 'Approval Timeout',
    name: 'approval_timeout_seconds',
    type: 'number',
    typeOptions: { minValue: 1 },
    default: week,
    description:
      'With Wait for Approval: how long a person may take, in seconds; then the roll-out is cancelled and leaves as failed',
  },
  {
    displayName: 'Wait for Approval',
    name: 'require_approval',
    type: 'boolean',
    default: false,
    description:
      'Whether a person decides before the model goes into service, once its gate has passed: in the Forge node, with "forge approvals", or by the API. Nothing runs meanwhile.',
  },
]

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
  ...forOperation([modelField, optionsField([idleField, ...forceFields, ...approvalFields])], ['deploy', 'update']),
  ...forOperation([optionsField([...forceFields.slice(1), ...approvalFields])], 'rollBack'),
]

type Input = JobInput<'deploy'>

const deployJob = async (context: IExecuteFunctions, operation: string, item: number): Promise<WaitingJob> => {
  const {
    force,
    reason,
    idle_timeout_s: idle,
    require_approval: approval = false,
    approval_timeout_seconds: seconds = week,
  } = context.getNodeParameter('options', item, {}) as {
    force?: boolean
    reason?: string
    idle_timeout_s?: number
    require_approval?: boolean
    approval_timeout_seconds?: number
  }
  const input: Input = {
    ...(operation === 'rollBack' ? await before(context, item) : await named(context, operation, item)),
    ...(force === true ? { force } : {}),
    ...(reason ? { reason } : {}),
    ...(idle === undefined ? {} : { idle_timeout_s: idle === 0 ? null : idle }),
    ...(approval ? { require_approval: true, approval_timeout_seconds: seconds } : {}),
  }
  return {
    job: { kind: 'deploy', input, job: jobOptionsOf(context, item) },
    items: [item],
    ...(approval ? { personSeconds: seconds } : {}),
  }
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

/** The model that served before. It was admitted then, so its gate does not hold an undo up; a person may, where asked. */
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
        jobs.push(await deployJob(context, operation, item))
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
