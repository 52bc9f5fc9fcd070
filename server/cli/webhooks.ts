import { Option, type Command } from 'commander'
import { eventType, type EventType } from '../contract/events'
import { routes } from '../contract/routes'
import type { WebhookEndpoint } from '../contract/webhook-endpoints'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, type ListOptions } from './paging'
import { textTable } from './text-table'

const table = (endpoints: readonly WebhookEndpoint[]): string =>
  textTable(
    [{ title: 'id' }, { title: 'url' }, { title: 'events' }, { title: 'state' }],
    endpoints.map(({ id, url, events, enabled, disabled_reason }) => [
      id,
      url,
      events?.join(', ') ?? 'all',
      enabled ? 'on' : `off: ${disabled_reason ?? 'switched off'}`,
    ]),
  )

/** `forge webhooks …` and `forge events`: what happens, and whom Forge tells. */
export const addWebhooks = (program: Command, context: CliContext): void => {
  const webhooks = program.command('webhooks').summary('addresses that events are sent to')
  webhooks
    .command('create')
    .summary('send events to an address; prints the secret that verifies their signature')
    .argument('<url>')
    .addOption(new Option('--events <type...>', 'only these; without it all').choices(eventType.options))
    .action(
      action(context, async (session: Session, url: string, options: { events?: EventType[] }) => {
        const made = await session.client.call(routes.createWebhookEndpoint, {
          body: { url, events: options.events ?? null },
        })
        session.show(made, (endpoint) => `${table([endpoint])}\nSecret: ${endpoint.secret}`)
        return 0
      }),
    )
  listOptions(webhooks.command('list').summary('newest first')).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listWebhookEndpoints, { query: pageOfList(options) })
      session.show(page, ({ data }) => table(data) + pageNote(page))
      return 0
    }),
  )
  webhooks
    .command('test')
    .summary('send a sample event now; exit code 1 when it was not taken')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        const result = await session.client.call(routes.testWebhookEndpoint, { params: { id } })
        session.show(result, ({ delivered, status, answer }) =>
          delivered
            ? `Taken with HTTP ${status ?? 0}.`
            : `Not taken: ${status === null ? '' : `HTTP ${status} `}${answer}`,
        )
        return result.delivered ? 0 : 1
      }),
    )
  listOptions(webhooks.command('deliveries').summary('what was sent to an endpoint').argument('<id>')).action(
    action(context, async (session: Session, id: string, options: ListOptions) => {
      const page = await session.client.call(routes.listWebhookDeliveries, {
        params: { id },
        query: pageOfList(options),
      })
      session.show(
        page,
        ({ data }) =>
          textTable(
            [
              { title: 'id' },
              { title: 'event' },
              { title: 'status' },
              { title: 'tries', align: 'right' },
              { title: 'last answer' },
            ],
            data.map((one) => [
              one.id,
              one.type,
              one.status,
              String(one.attempts),
              one.last_error ?? `HTTP ${one.last_status ?? '-'}`,
            ]),
          ) + pageNote(page),
      )
      return 0
    }),
  )
  webhooks
    .command('redeliver')
    .summary('send a delivery once more')
    .argument('<delivery>')
    .action(
      action(context, async (session: Session, id: string) => {
        const again = await session.client.call(routes.redeliverWebhook, { params: { id } })
        session.show(again, (one) => `${one.type} is sent again`)
        return 0
      }),
    )
  webhooks
    .command('delete')
    .summary('send no more events there')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        const gone = await session.client.call(routes.deleteWebhookEndpoint, { params: { id } })
        session.show(gone, (one) => `${one.id} deleted`)
        return 0
      }),
    )

  listOptions(
    program
      .command('events')
      .summary('what happened, newest first')
      .addOption(new Option('--types <type...>', 'only these').choices(eventType.options)),
  ).action(
    action(context, async (session: Session, options: ListOptions & { types?: EventType[] }) => {
      const query = { ...pageOfList(options), ...(options.types === undefined ? {} : { types: options.types.join() }) }
      const page = await session.client.call(routes.listEvents, { query })
      session.show(
        page,
        ({ data }) =>
          textTable(
            [{ title: 'time' }, { title: 'type' }, { title: 'data' }],
            data.map(({ created_at, type, data: facts }) => [
              created_at,
              type,
              Object.entries(facts)
                .filter(([, value]) => value !== null)
                .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
                .join(' '),
            ]),
          ) + pageNote(page),
      )
      return 0
    }),
  )
}
