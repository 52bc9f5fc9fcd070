import type { Command } from 'commander'
import { routes } from '../contract/routes'
import type { GivenBody } from '../contract/route'
import type { Schedule } from '../contract/schedules'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, type ListOptions } from './paging'
import { readJson } from './read-file'
import { textTable } from './text-table'

type Work = GivenBody<typeof routes.createSchedule>['work']

const table = (schedules: readonly Schedule[]): string =>
  textTable(
    [
      { title: 'name' },
      { title: 'cron' },
      { title: 'time zone' },
      { title: 'next' },
      { title: 'last job' },
      { title: 'last error' },
    ],
    schedules.map((one) => [
      one.name,
      one.cron,
      one.time_zone,
      one.next_run_at ?? 'off',
      one.last_job_id ?? '',
      one.last_error?.message ?? '',
    ]),
  )

interface CreateOptions {
  cron: string
  timeZone: string
  overlap: 'skip' | 'queue'
  work: string
}

/** `forge schedules …`: jobs and recipes by the clock. */
export const addSchedules = (program: Command, context: CliContext): void => {
  const schedules = program.command('schedules').summary('jobs and recipes by the clock')
  schedules
    .command('create')
    .summary('start work at the times of a cron line')
    .argument('<name>')
    .requiredOption('--cron <line>', 'minute hour day month weekday, e.g. "0 2 * * *"')
    .requiredOption('--work <file>', 'JSON file: the body of POST /v1/jobs or POST /v1/recipes')
    .option('--time-zone <zone>', 'IANA name', 'UTC')
    .option('--overlap <rule>', 'skip or queue, when the job before has not ended', 'skip')
    .action(
      action(context, async (session: Session, name: string, { cron, timeZone, overlap, work }: CreateOptions) => {
        const body = { name, cron, time_zone: timeZone, overlap, work: (await readJson(work)) as Work }
        session.show(await session.client.call(routes.createSchedule, { body }), (made) => table([made]))
        return 0
      }),
    )
  listOptions(schedules.command('list').summary('newest first')).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listSchedules, { query: pageOfList(options) })
      session.show(page, ({ data }) => table(data) + pageNote(page))
      return 0
    }),
  )
  for (const [name, enabled, summary] of [
    ['enable', true, 'switch a schedule on'],
    ['disable', false, 'switch a schedule off'],
  ] as const) {
    schedules
      .command(name)
      .summary(summary)
      .argument('<id>', 'id or name')
      .action(
        action(context, async (session: Session, id: string) => {
          const changed = await session.client.call(routes.updateSchedule, { params: { id }, body: { enabled } })
          session.show(changed, (one) => table([one]))
          return 0
        }),
      )
  }
  schedules
    .command('run')
    .summary('start its work now')
    .argument('<id>', 'id or name')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(
          await session.client.call(routes.runSchedule, { params: { id } }),
          (job) => `${job.id} ${job.status}`,
        )
        return 0
      }),
    )
  schedules
    .command('delete')
    .summary('delete a schedule; its jobs stay')
    .argument('<id>', 'id or name')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(
          await session.client.call(routes.deleteSchedule, { params: { id } }),
          (gone) => `${gone.id} deleted`,
        )
        return 0
      }),
    )
}
