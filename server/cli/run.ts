import type { Command } from 'commander'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { followRun, type EndedRun, type RecipeRun } from './follow-run'
import { liveLines } from './live-lines'
import { loadRecipe } from './load-recipe'
import { exitCode, readResults, runReport } from './run-report'
import { fromCli } from './start-job'

const silent = { write: (): boolean => true }

/** Uploads what a recipe names and starts it. Throws CliError, ApiError. */
export const startRecipe = async (session: Session, path: string, data?: string): Promise<RecipeRun> => {
  const recipe = await loadRecipe(session.client, path, data)
  const run = await session.client.call(routes.applyRecipe, { body: { recipe, job: fromCli } })
  if (!session.json) session.print(`${run.id}  ${run.name}: ${run.steps.map(({ name }) => name).join(' → ')}`)
  return run
}

/** Shows a run until it ends; silent with `--json`. Throws ApiError. */
export const showRun = (session: Session, { id }: RecipeRun): Promise<EndedRun> =>
  followRun(session.client, id, {
    lines: liveLines(session.json ? silent : session.out, session.isTerminal && !session.json),
    isTerminal: session.isTerminal,
  })

/** `forge run <recipe.yaml>`: exit code 1 when a step failed or the gate stayed closed. */
export const addRun = (program: Command, context: CliContext): void => {
  program
    .command('run')
    .summary('run a recipe and follow it to its end')
    .argument('<recipe.yaml>', 'ingest → fine-tune → evaluate → deploy → generate, as one file')
    .option('--data <file>', 'the data to learn from, instead of the `source` of the recipe')
    .action(
      action(context, async (session: Session, path: string, options: { data?: string }) => {
        const run = await startRecipe(session, path, options.data)
        if (!session.json) session.print(`Ctrl-C leaves it running; \`forge jobs cancel ${run.id}\` stops it.`)
        const results = await readResults(session.client, await showRun(session, run))
        session.show(results, (all) => `\n${runReport(all)}`)
        return exitCode(results)
      }),
    )
}
