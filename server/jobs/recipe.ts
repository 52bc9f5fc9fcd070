import { z } from 'zod'
import { ForgeError } from '../contract/errors'
import type { JobOptions, StepKind } from '../contract/jobs'
import { recipe, recipeRun, type Recipe } from '../contract/recipes'
import { placementOf } from '../steps/definitions'
import type { Db, Tx } from '../storage/database'
import type { Json } from '../storage/tables'
import { insertJob } from './create'
import type { StepReference } from './dependents'
import { findEarlier, remember, type Idempotency } from './idempotency'

export interface PlannedStep {
  name: string
  kind: StepKind
  needs: string[]
  input: Json
}
const from = ($step: string, output: string): StepReference => ({ $step, output })

/** The steps of a recipe in order, each with its input; what an earlier step makes stands as a reference. */
export const planRecipe = (given: Recipe): PlannedStep[] => {
  const planned: PlannedStep[] = [
    {
      name: 'ingest',
      kind: 'ingest',
      needs: [],
      input: {
        name: given.name,
        source: { type: 'files', file_ids: given.ingest.file_ids },
        options: given.ingest.options,
      },
    },
    {
      name: 'fine-tune',
      kind: 'fine-tune',
      needs: ['ingest'],
      input: {
        ...given.fine_tune,
        method: 'lora',
        suffix: given.fine_tune.suffix ?? given.name,
        data: { type: 'dataset', dataset_version_id: from('ingest', 'dataset_version_id') },
      },
    },
  ]
  if (given.evaluate)
    planned.push({
      name: 'evaluate',
      kind: 'evaluate',
      needs: ['ingest', 'fine-tune'],
      input: {
        ...given.evaluate,
        model: from('fine-tune', 'model_id'),
        dataset_version_id: from('ingest', 'dataset_version_id'),
      },
    })
  if (given.deploy) {
    planned.push({
      name: 'deploy',
      kind: 'deploy',
      needs: ['fine-tune', ...(given.evaluate ? ['evaluate'] : [])],
      input: { ...given.deploy, model: from('fine-tune', 'model_id'), idle_timeout_s: 300 },
    })
  }
  if (given.generate) {
    const { max_tokens, compare_items, ...source } = given.generate
    planned.push({
      name: 'generate',
      kind: 'generate',
      needs: given.deploy ? ['fine-tune', 'deploy'] : ['fine-tune'],
      input: {
        model: given.deploy ? from('deploy', 'name') : from('fine-tune', 'model_id'),
        compare_with: compare_items > 0 ? given.fine_tune.base_model : null,
        compare_items,
        source: { type: 'products', ...source },
        max_tokens,
        temperature: 0,
        response_format: null,
      },
    })
  }
  return planned
}

const checkFiles = async (tx: Tx, projectId: string, given: Recipe): Promise<void> => {
  const ids = [...given.ingest.file_ids, ...(given.generate ? [given.generate.file_id] : [])]
  const found = await tx
    .selectFrom('app.file')
    .select('id')
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .where('id', 'in', ids)
    .execute()
  const missing = ids.find((id) => !found.some((row) => row.id === id))
  if (missing !== undefined) throw new ForgeError('file_not_found', { id: missing })
}

/** Starts a recipe run with all its steps, in the caller's transaction; the first is queued, the others wait for it. */
export const applyRecipeIn = async (
  tx: Tx,
  projectId: string,
  given: Recipe,
  options: JobOptions,
  idempotency: Idempotency,
): Promise<string> => {
  const body = { recipe: recipe.parse(given), job: options } as unknown as Json
  const earlier = await findEarlier(tx, projectId, idempotency, body, options)
  if (earlier) return earlier.id
  await checkFiles(tx, projectId, given)
  const planned = planRecipe(given)
  // the steps' unresolved inputs stay on the run: a retry fills the references anew
  const templates = Object.fromEntries(planned.map(({ name, input }) => [name, input]))
  // the key is the steps': the run itself only waits for them
  const run = await insertJob(tx, {
    projectId,
    kind: 'recipe',
    ...placementOf('recipe', undefined),
    input: { name: given.name, steps: templates },
    options: { ...options, concurrency_key: null },
    idempotency: remember(idempotency, body),
    withoutTicket: true,
  })
  // deadline and running time are the run's, which takes its steps with it
  const stepOptions: JobOptions = { ...options, timeout_s: null, deadline_at: null }
  const ids = new Map<string, string>()
  for (const step of planned) {
    const child = await insertJob(tx, {
      projectId,
      kind: step.kind,
      ...placementOf(step.kind, options.resources, { inRecipe: true }),
      input: step.input,
      options: { ...stepOptions, run_at: step.needs.length === 0 ? options.run_at : null },
      parent: { id: run.id, step: step.name },
      dependsOn: step.needs.map((name) => ids.get(name) ?? ''),
    })
    ids.set(step.name, child.id)
  }
  return run.id
}

/** The same in one transaction: run and steps are there together or not at all. */
export const applyRecipe = (
  db: Db,
  projectId: string,
  given: Recipe,
  options: JobOptions,
  idempotency: Idempotency,
): Promise<string> => db.transaction().execute((tx) => applyRecipeIn(tx, projectId, given, options, idempotency))

export type RecipeRun = z.infer<typeof recipeRun>

/** A run with its steps in order. Throws `recipe_not_found`. */
export const getRecipeRun = async (db: Db, id: string, projectId: string): Promise<RecipeRun> => {
  const run = await db
    .selectFrom('app.job')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .where('kind', '=', 'recipe')
    .executeTakeFirst()
  if (!run) throw new ForgeError('recipe_not_found', { id })
  const children = await db
    .selectFrom('app.job')
    .select(['id', 'kind', 'status', 'step'])
    .where('parent_id', '=', id)
    .orderBy('id')
    .execute()
  return {
    id: run.id,
    object: 'recipe_run',
    name: String(run.input['name']),
    status: run.status,
    steps: children.map((child) => ({
      name: child.step ?? child.kind,
      job_id: child.id,
      kind: child.kind,
      status: child.status,
    })),
  }
}
