import type { Command } from 'commander'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, type ListOptions } from './paging'
import { bytes } from './quantities'
import { textTable } from './text-table'

/** `forge workers list`: which machines take jobs, and what they run. */
export const addWorkers = (program: Command, context: CliContext): void => {
  listOptions(
    program.command('workers').summary('workers and what they run').command('list').summary('newest first'),
  ).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listWorkers, { query: pageOfList(options) })
      session.show(
        page,
        ({ data }) =>
          textTable(
            [
              { title: 'id' },
              { title: 'name' },
              { title: 'state' },
              { title: 'CPUs', align: 'right' },
              { title: 'memory', align: 'right' },
              { title: 'GPUs', align: 'right' },
              { title: 'running' },
              { title: 'last seen' },
            ],
            data.map(({ id, name, state, resources, running_jobs, last_seen_at }) => [
              id,
              name,
              state,
              String(resources.cpus),
              bytes(resources.memory_bytes),
              String(resources.gpus),
              running_jobs.join(', '),
              last_seen_at,
            ]),
          ) + pageNote(page),
      )
      return 0
    }),
  )
}
