import { Argument, type Command } from 'commander'
import { resourceClass, type ResourceClass } from '../contract/jobs'
import type { Queue } from '../contract/queues'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { textTable } from './text-table'

const table = (queues: readonly Queue[]): string =>
  textTable(
    [{ title: 'class' }, { title: 'queued', align: 'right' }, { title: 'running', align: 'right' }, { title: 'state' }],
    queues.map((one) => [
      one.class,
      String(one.queued),
      String(one.running),
      one.paused_at === null ? 'open' : `paused at ${one.paused_at} by ${one.paused_by ?? '?'}`,
    ]),
  )

/** `forge queues …`: load per class of resources; pausing needs a key with the scope `admin`. */
export const addQueues = (program: Command, context: CliContext): void => {
  const queues = program.command('queues').summary('queues by class: list, pause, resume')
  queues
    .command('list')
    .summary('what waits and runs')
    .action(
      action(context, async (session: Session) => {
        session.show(await session.client.call(routes.listQueues, {}), ({ data }) => table(data))
        return 0
      }),
    )
  for (const [name, route, summary] of [
    ['pause', routes.pauseQueue, 'give out no more jobs of a class; those that run go on'],
    ['resume', routes.resumeQueue, 'give them out again'],
  ] as const) {
    queues
      .command(name)
      .summary(summary)
      .addArgument(new Argument('<class>').choices(resourceClass.options))
      .action(
        action(context, async (session: Session, chosen: ResourceClass) => {
          session.show(await session.client.call(route, { params: { class: chosen } }), (queue) => table([queue]))
          return 0
        }),
      )
  }
}
