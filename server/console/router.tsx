import { createBrowserRouter, type RouteObject } from 'react-router'
import { NotFound, Broken } from './pages/not-found'
import { Shell } from './shell'

/** A view, loaded when it is first opened. */
const view = (path: string, load: () => Promise<{ default: React.ComponentType }>): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load()).default }),
})

export const router = createBrowserRouter([
  { ...view('/sign-in', () => import('./pages/sign-in')), ErrorBoundary: Broken },
  {
    Component: Shell,
    ErrorBoundary: Broken,
    children: [
      view('/', () => import('./pages/start')),
      view('/new', () => import('./pages/new-run/new-run')),
      view('/jobs', () => import('./pages/jobs/jobs')),
      view('/jobs/:id', () => import('./pages/jobs/job')),
      view('/datasets', () => import('./pages/datasets/datasets')),
      view('/datasets/:id', () => import('./pages/datasets/dataset')),
      view('/models', () => import('./pages/models/models')),
      view('/models/:id', () => import('./pages/models/model')),
      view('/evaluations/:id', () => import('./pages/models/evaluation')),
      view('/deployments', () => import('./pages/deployments/deployments')),
      view('/deployments/:id', () => import('./pages/deployments/deployment')),
      view('/playground', () => import('./pages/playground/playground')),
      view('/approvals', () => import('./pages/approvals/approvals')),
      view('/approvals/:id', () => import('./pages/approvals/approval')),
      view('/energy', () => import('./pages/energy/energy')),
      view('/settings/:part', () => import('./pages/settings/settings')),
      { path: '*', Component: NotFound },
    ],
  },
])
