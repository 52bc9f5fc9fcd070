import type { Command } from 'commander'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { followRun, type EndedRun } from './follow-run'
import { liveLines } from './live-lines'
import { loadRecipe } from './load-recipe'
import { exitCode, readResults, runReport } from './run-report'

const silent = { write: (): boolean => true }

/** Uploads and applies a recipe, and follows it to its end. Throws CliError, ApiError. */
export const applyRecipe = async (session: Session, path: string, data?: string): Promise<EndedRun> => {
  const recipe = await loadRecipe(session.client, path, data)
  const run = await session.client.call(routes.applyRecipe, {
    body: { recipe, job: { origin: { system: 'cli', url: null } } },
  })
  if (!session.json)
    session.print(
      `${run.id}  ${run.name}: ${run.steps.map(({ name }) => name).join(' → ')}\nCtrl-C leaves it running; \`forge jobs cancel ${run.id}\` stops it.`,
    )
  return await followRun(session.client, run.id, {
    lines: liveLines(session.json ? silent : session.out, session.isTerminal && !session.json),
    isTerminal: session.isTerminal,
  })
}

/** `forge run <recipe.yaml>`: exit code 1 when a step failed or the gate stayed closed. */
export const addRun = (program: Command, context: CliContext): void => {
  program
    .command('run')
    .summary('run a recipe and follow it to its end')
    .argument('<recipe.yaml>', 'ingest → fine-tune → evaluate → deploy → generate, as one file')
    .option('--data <file>', 'the data to learn from, instead of the `source` of the recipe')
    .action(
      action(context, async (session: Session, path: string, options: { data?: string }) => {
        const results = await readResults(session.client, await applyRecipe(session, path, options.data))
        session.show(results, (all) => `\n${runReport(all)}`)
        return exitCode(results)
      }),
    )
}
