/** The address of every view. Links go through here, so that one can be changed in one place. */
const at = (path: string, id: string): string => `${path}/${encodeURIComponent(id)}`

export const paths = {
  start: () => '/',
  signIn: () => '/sign-in',
  newRun: () => '/new',
  jobs: (query: { status?: string; kind?: string } = {}) => {
    const search = new URLSearchParams(query).toString()
    return search === '' ? '/jobs' : `/jobs?${search}`
  },
  job: (id: string) => at('/jobs', id),
  datasets: () => '/datasets',
  dataset: (id: string) => at('/datasets', id),
  models: () => '/models',
  model: (id: string) => at('/models', id),
  evaluation: (id: string) => at('/evaluations', id),
  deployments: () => '/deployments',
  deployment: (id: string) => at('/deployments', id),
  playground: (models: readonly string[] = []) =>
    models.length === 0
      ? '/playground'
      : `/playground?${models.map((model) => `model=${encodeURIComponent(model)}`).join('&')}`,
  energy: () => '/energy',
  approvals: () => '/approvals',
  approval: (id: string) => at('/approvals', id),
  settings: (part: 'keys' | 'webhooks' | 'connections' | 'workers' | 'project' = 'keys') => `/settings/${part}`,
}
