import type { Input } from '../../api/client'

/** Seconds without a call after which a deployment sleeps; `never`; or `same`: as it is now. */
export type Idle = 'same' | 'never' | `${number}`
export const idleChoices = ['60', '300', '1800', '3600'] as const satisfies Idle[]

/** How a model goes into service, as the form has it. */
export interface Release {
  idle: Idle
  requireApproval: boolean
  force: boolean
  reason: string
}

type Body = Pick<Input<'updateDeployment'>['body'], 'idle_timeout_s' | 'require_approval' | 'force' | 'reason'>

/** The same as the API takes it: only what was said. */
export const releaseBody = ({ idle, requireApproval, force, reason }: Release): Body => ({
  ...(idle === 'same' ? {} : { idle_timeout_s: idle === 'never' ? null : Number(idle) }),
  ...(requireApproval ? { require_approval: true } : {}),
  ...(force ? { force: true } : {}),
  ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
})

/** Whether a name can be a deployment's: lower case letters, digits and dashes. */
export const isDeploymentName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(name)
