import type { IDataObject } from 'n8n-workflow'
import type { Deployment } from '../../shared/contract'
import { locator } from '../../shared/locators'
import { get, getMany, type Resource } from './operation'

const path = '/v1/deployments'
const field = locator({
  displayName: 'Deployment',
  name: 'deployment',
  description: 'The deployment, by its name or ID',
  search: 'searchDeployments',
  placeholder: 'product-texts',
  collection: 'deployments',
})

const simplifyDeployment = ({ id, name, status, ...deployment }: Deployment): IDataObject => ({
  deployment_id: id,
  name,
  status,
  model_id: deployment.model,
  serving_generation: deployment.serving_generation,
  generations: deployment.history.length,
  created_at: deployment.created_at,
})

/** Deploying, rolling back and stopping are the node Forge Deploy. */
export const deploymentResource: Resource = {
  name: 'Deployment',
  value: 'deployment',
  operations: [
    get({
      path,
      field,
      simplify: simplifyDeployment,
      action: 'Get a deployment',
      description: 'What serves under a name, and its history',
    }),
    getMany({
      path,
      simplify: simplifyDeployment,
      action: 'Get many deployments',
      description: 'Deployments, newest first',
    }),
  ],
}
