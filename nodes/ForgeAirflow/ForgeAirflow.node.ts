import type {
  IExecuteFunctions,
  INodeExecutionData,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow'
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow'
import { forgeApiTest } from '../shared/credential-test'
import { doneAndFailedWhen } from '../shared/outputs'
import { resume } from '../shared/resume'
import { resumeWebhooks } from '../shared/wait'
import { searchAirflowConnections } from './listSearch/connections'
import { searchDagRuns } from './listSearch/dag-runs'
import { searchDags } from './listSearch/dags'
import { getDagParameters } from './parameters'
import * as cancel from './resources/dagRun/cancel'
import * as get from './resources/dagRun/get'
import * as run from './resources/dagRun/run'
import * as start from './resources/dagRun/start'

export class ForgeAirflow implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Forge Airflow',
    name: 'forgeAirflow',
    icon: { light: 'file:forge-airflow.svg', dark: 'file:forge-airflow.dark.svg' },
    group: ['transform'],
    version: [1],
    defaultVersion: 1,
    subtitle: '={{ { run: "run and wait", start: "start", get: "get", cancel: "cancel" }[$parameter.operation] }}',
    description: 'Run a DAG of Apache Airflow through Forge, and go on with its results',
    defaults: { name: 'Forge Airflow' },
    usableAsTool: undefined,
    inputs: [NodeConnectionTypes.Main],
    outputs: doneAndFailedWhen('run'),
    credentials: [{ name: 'forgeApi', required: true, testedBy: 'forgeApiTest' }],
    webhooks: resumeWebhooks,
    properties: [
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        options: [
          {
            name: 'Cancel',
            value: 'cancel',
            action: 'Cancel a DAG run',
            description: 'Ends the run in Airflow as failed',
          },
          {
            name: 'Get',
            value: 'get',
            action: 'Get a DAG run',
            description: 'Status, tasks and results of a run that was started here',
          },
          {
            name: 'Run and Wait',
            value: 'run',
            action: 'Run a DAG and wait for its end',
            description: 'The execution waits without cost and goes on with the results',
          },
          {
            name: 'Start',
            value: 'start',
            action: 'Start a DAG run',
            description: 'Goes on at once with the ID of the job',
          },
        ],
        default: 'run',
      },
      ...run.fields,
      ...start.fields,
      ...get.fields,
      ...cancel.fields,
    ],
  }

  methods = {
    credentialTest: { forgeApiTest },
    listSearch: { searchAirflowConnections, searchDagRuns, searchDags },
    resourceMapping: { getDagParameters },
  }

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const operation = this.getNodeParameter('operation', 0)
    if (operation === 'run') return await run.execute(this)
    if (operation === 'start') return [await start.execute(this)]
    if (operation === 'get') return [await get.execute(this)]
    if (operation === 'cancel') return [await cancel.execute(this)]
    throw new NodeOperationError(this.getNode(), `Forge Airflow has no operation "${String(operation)}"`)
  }

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return await resume(this, 2, run.present)
  }
}
