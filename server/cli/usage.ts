import { Option, type Command } from 'commander'
import type { z } from 'zod'
import { routes } from '../contract/routes'
import type { usageQuery } from '../contract/usage-query'
import { action, type CliContext, type Session } from './context'
import { count, grams, joules, money } from './quantities'
import { textTable } from './text-table'

type GroupBy = z.output<typeof usageQuery>['group_by']
interface UsageOptions {
  by: GroupBy
  job?: string
  since?: string
  until?: string
}

/** `forge usage`: energy, cost, CO2e and tokens, as the ledger has them. */
export const addUsage = (program: Command, context: CliContext): void => {
  program
    .command('usage')
    .summary('energy, cost, CO2e and tokens')
    .addOption(
      new Option('--by <group>').choices(['job', 'kind', 'model', 'deployment', 'day', 'project']).default('day'),
    )
    .option('--job <id>', 'of this job only')
    .option('--since <time>', 'ISO 8601, e.g. 2026-01-31T00:00:00Z')
    .option('--until <time>', 'ISO 8601')
    .action(
      action(context, async (session: Session, { by, job, since, until }: UsageOptions) => {
        const report = await session.client.call(routes.getUsage, {
          query: {
            group_by: by,
            ...(job === undefined ? {} : { job_id: job }),
            ...(since === undefined ? {} : { since }),
            ...(until === undefined ? {} : { until }),
          },
        })
        const right = (title: string) => ({ title, align: 'right' as const })
        session.show(report, ({ rows, total }) => {
          const line = (key: string, usage: typeof total): string[] => [
            key,
            joules(usage.energy_joules),
            usage.method ?? 'not metered',
            money(usage.cost, usage.currency),
            grams(usage.co2e_grams),
            count(usage.tokens),
          ]
          return textTable(
            [{ title: by }, right('energy'), { title: 'method' }, right('cost'), right('CO2e'), right('tokens')],
            [...rows.map(({ key, usage }) => line(key, usage)), null, line('total', total)],
          )
        })
        return 0
      }),
    )
}
