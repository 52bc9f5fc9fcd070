import { Option, type Command } from 'commander'
import type { BulkResult, JobFilter } from '../contract/job-bulk'
import { jobStatus, stepKind, type JobStatus, type StepKind } from '../contract/jobs'
import { routes } from '../contract/routes'
import { CliError } from './cli-error'
import { action, type CliContext, type Session } from './context'
import { jobText } from './print-job'

interface BulkOptions {
  status?: JobStatus
  kind?: StepKind
  metadata: Record<string, string>
  createdBefore?: string
  createdAfter?: string
  dryRun?: boolean
}

const collect = (pair: string, before: Record<string, string>): Record<string, string> => {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
  if (name === undefined || value === undefined)
    throw new CliError(`"${pair}" is no metadata.`, 'Write name=value, e.g. --metadata batch=7.')
  return { ...before, [name]: value }
}

const filterOf = ({ status, kind, metadata, createdBefore, createdAfter }: BulkOptions): JobFilter => ({
  ...(status === undefined ? {} : { status }),
  ...(kind === undefined ? {} : { kind }),
  ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  ...(createdBefore === undefined ? {} : { created_before: createdBefore }),
  ...(createdAfter === undefined ? {} : { created_after: createdAfter }),
})

const report = ({ dry_run, done, failed }: BulkResult): string =>
  [
    dry_run ? `${done.length} jobs match:` : `${done.length} done, ${failed.length} failed`,
    ...done,
    ...failed.map(({ id, error }) => `${id}: ${error.message}`),
  ].join('\n')

/** All calls that a filter takes, as one result. */
const callAll = async (
  session: Session,
  verb: 'cancel' | 'retry',
  filter: JobFilter,
  dryRun: boolean,
): Promise<BulkResult> => {
  const body = { action: verb, filter, dry_run: dryRun }
  const all = await session.client.call(routes.bulkJobs, { body }, { timeoutMs: 600_000 })
  while (all.has_more && all.last_id !== null) {
    const more = { ...body, after: all.last_id }
    const page = await session.client.call(routes.bulkJobs, { body: more }, { timeoutMs: 600_000 })
    all.done.push(...page.done)
    all.failed.push(...page.failed)
    Object.assign(all, { has_more: page.has_more, last_id: page.last_id })
  }
  return all
}

/** `forge jobs cancel` and `retry`: one job, or those of a filter; exit code 1 when one of them could not be moved. */
export const addJobsBulk = (program: Command, context: CliContext): void => {
  const jobs = program.commands.find((command) => command.name() === 'jobs')
  if (!jobs) throw new Error('The command `jobs` is added before its bulk commands.')
  for (const [verb, route, summary] of [
    ['cancel', routes.cancelJob, 'cancel a job, or the jobs of a filter'],
    ['retry', routes.retryJob, 'a new job like one that failed or was cancelled, or like those of a filter'],
  ] as const) {
    jobs
      .command(verb)
      .summary(summary)
      .argument('[id]', 'or at least one condition')
      .addOption(new Option('--status <status>').choices(jobStatus.options))
      .addOption(new Option('--kind <kind>').choices(stepKind.options))
      .option('--metadata <name=value>', 'carries this; may be repeated', collect, {})
      .option('--created-before <time>', 'ISO 8601, UTC')
      .option('--created-after <time>', 'ISO 8601, UTC')
      .option('--dry-run', 'only say which jobs it would be')
      .action(
        action(context, async (session: Session, id: string | undefined, options: BulkOptions) => {
          const filter = filterOf(options)
          if (id === undefined) {
            const result = await callAll(session, verb, filter, options.dryRun ?? false)
            session.show(result, report)
            return result.failed.length === 0 ? 0 : 1
          }
          if (Object.keys(filter).length > 0 || options.dryRun)
            throw new CliError(`"${id}" is one job already.`, 'Give an id, or conditions with --dry-run, but not both.')
          session.show(await session.client.call(route, { params: { id } }), jobText)
          return 0
        }),
      )
  }
}
