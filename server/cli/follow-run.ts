import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import type { ForgeClient } from '../client/client'
import type { Job } from '../contract/jobs'
import type { recipeRun } from '../contract/recipes'
import { routes } from '../contract/routes'
import { ask, hasEnded, type FollowOptions } from './follow-job'
import { endLine, progressLine } from './progress-line'

export type RecipeRun = z.infer<typeof recipeRun>

/** A recipe run that ended, with the jobs of its steps in their order. */
export interface EndedRun {
  run: RecipeRun
  steps: { name: string; job: Job }[]
}

/** A step that waits for the one before it is not worth a line. */
const isWaiting = (status: string): boolean => status === 'blocked'

/**
 * Shows the steps of a recipe run until it ends. Looks once a second: each look is one call for the run and one for
 * each step under way. Throws ApiError, or AbortError by `signal`.
 */
export const followRun = async (client: ForgeClient, runId: string, options: FollowOptions): Promise<EndedRun> => {
  const { lines, isTerminal, intervalMs = 1000, signal } = options
  const ended = new Map<string, Job>()
  const look = (id: string): Promise<Job> => ask(() => client.call(routes.getJob, { params: { id } }), options)

  for (;;) {
    const run = await ask(() => client.call(routes.getRecipe, { params: { id: runId } }), options)
    for (const step of run.steps) {
      if (ended.has(step.job_id) || isWaiting(step.status)) continue
      const job = await look(step.job_id)
      if (hasEnded(job.status)) {
        ended.set(step.job_id, job)
        lines.settle(endLine(step.name, job))
      } else {
        lines.update(step.job_id, progressLine(step.name, job, isTerminal))
      }
    }
    if (hasEnded(run.status)) {
      lines.end()
      const steps: EndedRun['steps'] = []
      for (const { name, job_id } of run.steps) steps.push({ name, job: ended.get(job_id) ?? (await look(job_id)) })
      return { run, steps }
    }
    await sleep(intervalMs, undefined, signal ? { signal } : {})
  }
}
