import { routes } from '../../contract/routes'
import { applyRecipe, getRecipeRun, planRecipe } from '../../jobs/recipe'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

export const recipeRoutes = (on: Register, { db }: Ports): void => {
  on(routes.applyRecipe, async ({ body, caller, idempotency }) =>
    getRecipeRun(db, await applyRecipe(db, caller.projectId, body.recipe, body.job, idempotency), caller.projectId),
  )
  on(routes.planRecipe, ({ body }) =>
    Promise.resolve({ steps: planRecipe(body.recipe).map(({ name, kind, needs }) => ({ name, kind, needs })) }),
  )
  on(routes.listRecipes, async ({ query, caller }) => {
    const page = await pageOfRows(
      db.selectFrom('app.job').select('id').where('project_id', '=', caller.projectId).where('kind', '=', 'recipe'),
      query,
    )
    return listOf(await Promise.all(page.rows.map(({ id }) => getRecipeRun(db, id, caller.projectId))), page.has_more)
  })
  on(routes.getRecipe, ({ params, caller }) => getRecipeRun(db, params.id, caller.projectId))
}
