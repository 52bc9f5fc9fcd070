import { accessRoutes } from './access-routes'
import { dataRoutes } from './data-routes'
import { jobRoutes } from './job-routes'
import { modelRoutes } from './model-routes'
import { workerRoutes } from './worker-routes'

/** Everything that is public, in one table. */
export const routes = {
  ...accessRoutes,
  ...dataRoutes,
  ...modelRoutes,
  ...jobRoutes,
  ...workerRoutes,
} as const
