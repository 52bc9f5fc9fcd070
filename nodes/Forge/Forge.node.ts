import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow'
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow'
import { forgeApiTest } from '../shared/credential-test'
import { searchApprovals } from '../shared/listSearch/approvals'
import { searchDatasets } from '../shared/listSearch/datasets'
import { searchDeployments } from '../shared/listSearch/deployments'
import { searchJobs } from '../shared/listSearch/jobs'
import { searchModels } from '../shared/listSearch/models'
import { perItem } from '../shared/per-item'
import { forOperation } from '../shared/show'
import { refuseAsTool } from '../shared/tool'
import { approvalResource } from './resources/approval'
import { datasetResource } from './resources/dataset'
import { deploymentResource } from './resources/deployment'
import { jobResource } from './resources/job'
import { modelResource } from './resources/model'
import { operationField } from './resources/operation'
import { usageResource } from './resources/usage'

const resources = [approvalResource, datasetResource, deploymentResource, jobResource, modelResource, usageResource]

export class Forge implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Forge',
    name: 'forge',
    icon: { light: 'file:forge.svg', dark: 'file:forge.dark.svg' },
    group: ['transform'],
    version: [1],
    defaultVersion: 1,
    subtitle: '={{ $parameter.operation + ": " + $parameter.resource }}',
    description: 'Look up jobs, models, datasets, deployments, approvals, energy and cost',
    defaults: { name: 'Forge' },
    usableAsTool: {
      replacements: {
        description:
          'Look up what is on the Forge server: jobs and their progress, models, datasets, deployments, approvals, energy and cost.',
      },
    },
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'forgeApi', required: true, testedBy: 'forgeApiTest' }],
    properties: [
      {
        displayName: 'Resource',
        name: 'resource',
        type: 'options',
        noDataExpression: true,
        options: resources.map(({ name, value }) => ({ name, value })),
        default: 'job',
      },
      ...resources.map(operationField),
      ...resources.flatMap(({ value, operations }) =>
        operations.flatMap((operation) => forOperation(operation.fields, operation.value, value)),
      ),
    ],
  }

  methods = {
    credentialTest: { forgeApiTest },
    listSearch: { searchApprovals, searchDatasets, searchDeployments, searchJobs, searchModels },
  }

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const [resource, name] = [this.getNodeParameter('resource', 0), this.getNodeParameter('operation', 0)]
    const operation = resources.find(({ value }) => value === resource)?.operations.find(({ value }) => value === name)
    if (operation === undefined) {
      throw new NodeOperationError(this.getNode(), `Forge has no operation "${String(name)}" for "${String(resource)}"`)
    }
    if (!operation.reads) refuseAsTool(this, name)
    return [await perItem(this, async (item) => await operation.run(this, item))]
  }
}
