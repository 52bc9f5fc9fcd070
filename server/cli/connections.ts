import { Option, type Command } from 'commander'
import type { z } from 'zod'
import { connectionType, createConnection, updateConnection, type Connection } from '../contract/connections'
import { routes } from '../contract/routes'
import { CliError } from './cli-error'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, type ListOptions } from './paging'
import { readJson } from './read-file'
import { textTable } from './text-table'

const settingsHint = 'Settings are name=value, e.g. --set host=db.example; /docs lists them by type.'

const readBoolean = (text: string): unknown => (text === 'true' || text === 'false' ? text === 'true' : text)

/** The settings that are no text. */
const readers: Record<string, (text: string) => unknown> = {
  port: Number,
  force_path_style: readBoolean,
  verify_tls: readBoolean,
}

/** `name=value` pairs. Throws CliError. */
const parseSettings = (pairs: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [, name, text] = /^([a-z_]+)=(.*)$/s.exec(pair) ?? []
      if (name === undefined || text === undefined) throw new CliError(`"${pair}" is no setting.`, settingsHint)
      return [name, readers[name]?.(text) ?? text]
    }),
  )

/** Checks here what the server would refuse, so that a mistake names its key. Throws CliError without the values. */
const checked = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.input<Schema> => {
  const result = schema.safeParse(value)
  if (result.success) return value as z.input<Schema>
  const [issue] = result.error.issues
  throw new CliError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}.`, settingsHint)
}

const table = (connections: readonly Connection[]): string =>
  textTable(
    [{ title: 'id' }, { title: 'name' }, { title: 'type' }, { title: 'settings' }],
    connections.map(({ id, name, type, settings }) => [
      id,
      name,
      type,
      Object.entries(settings)
        // a certificate is many lines
        .map(([key, value]) => `${key}=${key === 'ca_pem' && value !== null ? 'given' : String(value)}`)
        .join(' '),
    ]),
  )

const collect = (pair: string, before: readonly string[]): string[] => [...before, pair]

/** `forge connections …`. Secrets come from a file, because a command line is seen by others on the machine. */
export const addConnections = (program: Command, context: CliContext): void => {
  const connections = program.command('connections').summary('credentials for sources, hubs and orchestrators')

  connections
    .command('create')
    .summary('store credentials, encrypted')
    .argument('<name>')
    .addOption(new Option('--type <type>').choices(connectionType.options).makeOptionMandatory())
    .option('--set <name=value>', 'a setting; may be repeated', collect, [])
    .requiredOption('--secrets <file>', 'JSON file with the secrets, e.g. {"password": "…"}; /dev/stdin reads a pipe')
    .action(
      action(
        context,
        async (session: Session, name: string, options: { type: string; set: string[]; secrets: string }) => {
          const body = checked(createConnection, {
            name,
            type: options.type,
            settings: parseSettings(options.set),
            secrets: await readJson(options.secrets),
          })
          session.show(await session.client.call(routes.createConnection, { body }), (made) => table([made]))
          return 0
        },
      ),
    )

  listOptions(connections.command('list').summary('newest first; secrets are never shown')).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listConnections, { query: pageOfList(options) })
      session.show(page, ({ data }) => table(data) + pageNote(page))
      return 0
    }),
  )

  const one = (name: string, summary: string): Command =>
    connections.command(name).summary(summary).argument('<id>', 'id or name')

  one('get', 'one connection').action(
    action(context, async (session: Session, id: string) => {
      session.show(await session.client.call(routes.getConnection, { params: { id } }), (found) => table([found]))
      return 0
    }),
  )
  one('update', 'change settings, or replace the secrets')
    .option('--set <name=value>', 'a setting; may be repeated', collect, [])
    .option('--secrets <file>', 'JSON file; needed when the host, endpoint or base URL changes')
    .action(
      action(context, async (session: Session, id: string, options: { set: string[]; secrets?: string }) => {
        const body = checked(updateConnection, {
          settings: parseSettings(options.set),
          ...(options.secrets === undefined ? {} : { secrets: await readJson(options.secrets) }),
        })
        session.show(await session.client.call(routes.updateConnection, { params: { id }, body }), (now) =>
          table([now]),
        )
        return 0
      }),
    )
  one('delete', 'delete a connection with its secrets').action(
    action(context, async (session: Session, id: string) => {
      session.show(
        await session.client.call(routes.deleteConnection, { params: { id } }),
        (gone) => `${gone.id} deleted`,
      )
      return 0
    }),
  )
  one('test', 'try the credentials from the server; exit code 1 when they fail').action(
    action(context, async (session: Session, id: string) => {
      const result = await session.client.call(routes.testConnection, { params: { id } })
      session.show(result, ({ ok, detail }) => `${ok ? 'ok' : 'failed'}: ${detail}`)
      return result.ok ? 0 : 1
    }),
  )
  connections
    .command('rotate-key')
    .summary('encrypt all connections of the server with its newest key')
    .action(
      action(context, async (session: Session) => {
        session.show(
          await session.client.call(routes.rotateSecretKey, {}),
          (done) => `${done.connections} connections are encrypted again; the key in use is ${done.key_id}`,
        )
        return 0
      }),
    )
}
