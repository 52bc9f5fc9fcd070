import * as airflow from './airflow'
import * as apiKeys from './api-keys'
import * as approvals from './approvals'
import * as chat from './chat'
import * as datasets from './datasets'
import * as deployments from './deployments'
import * as embeddings from './embeddings'
import * as erasure from './erasure'
import * as evaluations from './evaluations'
import * as events from './events'
import * as fineTuning from './fine-tuning'
import * as generations from './generations'
import * as hyperparameters from './hyperparameters'
import * as ingest from './ingest'
import * as jobBulk from './job-bulk'
import * as jobGroups from './job-groups'
import * as jobs from './jobs'
import * as json from './json'
import * as models from './models'
import * as queues from './queues'
import * as recipes from './recipes'
import * as schedules from './schedules'
import * as textRules from './text-rules'
import * as usageQuery from './usage-query'
import * as usage from './usage'
import * as webhookEndpoints from './webhook-endpoints'
import * as workers from './workers'
import * as energySample from './energy-sample'
import * as files from './files'

/** Every exported schema by its name: OpenAPI and the node types call them by it. */
export const named: Record<string, unknown> = {
  ...airflow,
  ...apiKeys,
  ...approvals,
  ...chat,
  ...datasets,
  ...deployments,
  ...embeddings,
  ...erasure,
  ...evaluations,
  ...fineTuning,
  ...generations,
  ...hyperparameters,
  ...ingest,
  ...jobBulk,
  ...queues,
  ...schedules,
  ...jobGroups,
  ...jobs,
  ...json,
  ...models,
  ...recipes,
  ...textRules,
  ...usageQuery,
  ...usage,
  ...events,
  ...webhookEndpoints,
  ...workers,
  ...energySample,
  ...files,
}
