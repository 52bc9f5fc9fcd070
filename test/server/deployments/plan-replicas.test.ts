import { planReplicas, type Observed, type PlannedReplica } from '../../../server/deployments/plan-replicas'

const now = new Date('2026-01-01T12:00:00Z')
const later = (ms: number): Date => new Date(now.getTime() + ms)
const drainMs = 60_000

const world = (more: Partial<Observed> = {}): Observed => ({
  now,
  deployments: [{ id: 'd', wanted: 'running', asleep: false, generation: 1, serving_generation: 1 }],
  generations: [{ deployment_id: 'd', generation: 1, state: 'serving', failed_starts: 0 }],
  replicas: [],
  workers: [
    { id: 'a', draining: false },
    { id: 'b', draining: false },
  ],
  ...more,
})
const replica = (more: Partial<PlannedReplica> = {}): PlannedReplica => ({
  id: 'r',
  deployment_id: 'd',
  generation: 1,
  worker_id: 'a',
  state: 'ready',
  expires_at: later(10_000),
  drain_until: null,
  ...more,
})

test('nothing is done where everything is as wanted', () => {
  expect(planReplicas(world({ replicas: [replica()] }), drainMs)).toEqual({ start: [], drain: [], gone: [] })
})

test('a replica starts where the deployment was before, else where there is least', () => {
  const before = replica({ id: 'old', worker_id: 'b', state: 'gone' })
  expect(planReplicas(world({ replicas: [before] }), drainMs).start).toMatchObject([{ worker_id: 'b' }])
  const foreign = replica({ deployment_id: 'x', id: 'foreign' })
  expect(planReplicas(world({ replicas: [foreign] }), drainMs).start).toMatchObject([{ worker_id: 'b' }])
})

test('without a worker nothing starts', () => {
  expect(planReplicas(world({ workers: [{ id: 'a', draining: true }] }), drainMs).start).toEqual([])
})

test('what was in service is tried again with growing pauses, a roll-out at once', () => {
  const failed = replica({ state: 'failed', expires_at: later(-3000) })
  const generation = { deployment_id: 'd', generation: 1, failed_starts: 2 }
  const serving = world({ replicas: [failed], generations: [{ ...generation, state: 'serving' }] })
  const rollingOut = world({ replicas: [failed], generations: [{ ...generation, state: 'rolling_out' }] })
  expect(planReplicas(serving, drainMs).start).toEqual([])
  expect(planReplicas({ ...serving, now: later(1001) }, drainMs).start).toHaveLength(1)
  expect(planReplicas(rollingOut, drainMs).start).toHaveLength(1)
})

test('a retired generation drains for its time, a sleeping one goes at once', () => {
  const deployment = world().deployments[0]!
  const retired = world({
    deployments: [{ ...deployment, wanted: 'stopped', serving_generation: null }],
    replicas: [replica()],
  })
  const asleep = world({ deployments: [{ ...deployment, asleep: true }], replicas: [replica()] })
  expect(planReplicas(retired, drainMs).drain).toEqual([{ id: 'r', until: later(drainMs) }])
  expect(planReplicas(asleep, drainMs).drain).toEqual([{ id: 'r', until: now }])
})

test('a replica that expired or has drained is gone', () => {
  const expired = replica({ id: 'expired', expires_at: now })
  const drained = replica({ id: 'drained', state: 'draining', drain_until: later(-1) })
  expect(planReplicas(world({ replicas: [expired, drained] }), drainMs).gone).toEqual(['expired', 'drained'])
})
