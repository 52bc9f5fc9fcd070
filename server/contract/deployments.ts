import { z } from 'zod'
import { defaultApprovalTimeout_s } from './approvals'
import { jobOptions } from './jobs'
import { serving, servingEngineName } from './models'

export const deploymentName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower case letters, digits and dashes')
/** Whether a person decides before a model that passed its gate goes into service. */
export const approvalOptions = {
  require_approval: z.boolean().optional().describe('wait for a person once the gate has passed; false unless given'),
  approval_timeout_seconds: z
    .int()
    .min(1)
    .max(90 * 86_400)
    .optional()
    .describe(`how long that person may take; ${defaultApprovalTimeout_s} unless given`),
}

export const deployInput = z.object({
  name: deploymentName,
  model: z.string(),
  force: z.boolean().default(false).describe('deploy although the gate failed; needs a reason and is audited'),
  reason: z.string().max(1000).nullable().default(null),
  idle_timeout_s: z.int().min(1).nullable().default(300).describe('scale to zero after this; null = always on'),
  ...approvalOptions,
})
export type DeployInput = z.infer<typeof deployInput>
export const createDeployment = deployInput.extend({ job: jobOptions.prefault({}) })
export const updateDeployment = deployInput
  .omit({ name: true })
  .partial()
  .extend({
    roll_back: z.boolean().default(false).describe('serve the generation before again'),
  })

/** Another deployment that answers a share of the calls. Calls of jobs are not shared: they mean the one that they name. */
export const canary = z.object({
  deployment: z.string().min(1).max(200).describe('name of the other one, which came into service by its own gate'),
  weight: z.number().gt(0).max(1).describe('share of the calls, e.g. 0.1; those with the same `user` go the same way'),
})

export const replicaState = z.enum(['starting', 'ready', 'draining', 'gone', 'failed'])
export type ReplicaState = z.infer<typeof replicaState>
export const replica = z.object({
  id: z.string(),
  deployment_id: z.string(),
  generation: z.int(),
  worker_id: z.string(),
  state: replicaState,
  engine: servingEngineName.nullable().describe('null until it is ready'),
  error: z.string().nullable(),
  started_at: z.iso.datetime(),
})
export const generationState = z.enum(['rolling_out', 'serving', 'retired', 'failed'])
export const deployment = z.object({
  id: z.string(),
  object: z.literal('deployment'),
  name: z.string(),
  status: z.enum(['starting', 'ready', 'asleep', 'failed', 'stopped']),
  model: z.string().nullable().describe('that the serving generation answers with'),
  generation: z.int(),
  serving_generation: z.int().nullable(),
  history: z.array(
    z.object({
      generation: z.int(),
      model: z.string(),
      state: generationState,
      reason: z.string().nullable(),
      created_at: z.iso.datetime(),
    }),
  ),
  replicas: z.array(replica),
  canary: canary.nullable().describe('null: it answers all of its calls'),
  forge: serving,
  created_at: z.iso.datetime(),
})
export type Deployment = z.infer<typeof deployment>
