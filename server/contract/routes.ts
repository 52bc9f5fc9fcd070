import { accessRoutes } from './access-routes'
import { approvalRoutes } from './approval-routes'
import { airflowRoutes } from './airflow-routes'
import { connectionRoutes } from './connection-routes'
import { controlRoutes } from './control-routes'
import { dataRoutes } from './data-routes'
import { eventRoutes } from './event-routes'
import { followerRoutes } from './follower-routes'
import { groupRoutes } from './group-routes'
import { jobRoutes } from './job-routes'
import { modelRoutes } from './model-routes'
import { sessionRoutes } from './session-routes'
import { workerRoutes } from './worker-routes'

/** Everything that is public, in one table. */
export const routes = {
  ...accessRoutes,
  ...sessionRoutes,
  ...dataRoutes,
  ...connectionRoutes,
  ...airflowRoutes,
  ...modelRoutes,
  ...approvalRoutes,
  ...jobRoutes,
  ...controlRoutes,
  ...groupRoutes,
  ...followerRoutes,
  ...eventRoutes,
  ...workerRoutes,
} as const
