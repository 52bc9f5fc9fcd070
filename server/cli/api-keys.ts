import type { Command } from 'commander'
import { z } from 'zod'
import { scope, type Scope } from '../contract/api-keys'
import { routes } from '../contract/routes'
import { CliError } from './cli-error'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, type ListOptions } from './paging'
import { textTable } from './text-table'

const parseScopes = (names: string[]): Scope[] => {
  const parsed = z.array(scope).safeParse(names)
  if (parsed.success) return parsed.data
  throw new CliError(`--scope ${names.join(' ')} names an unknown scope.`, `Use ${scope.options.join(', ')}.`)
}

/** `forge api-keys …`; needs a key with the scope `admin`. */
export const addApiKeys = (program: Command, context: CliContext): void => {
  const keys = program.command('api-keys').summary('make, list and revoke API keys')
  keys
    .command('create')
    .summary('make a key; it is shown once')
    .argument('<name>')
    .requiredOption('--scope <scope...>', scope.options.join(', '))
    .action(
      action(context, async (session: Session, name: string, options: { scope: string[] }) => {
        const made = await session.client.call(routes.createApiKey, {
          body: { name, scopes: parseScopes(options.scope) },
        })
        session.show(
          made,
          ({ id, key }) => `${key}\nShown once: keep it now. Revoke it with \`forge api-keys delete ${id}\`.`,
        )
        return 0
      }),
    )
  listOptions(keys.command('list').summary('newest first')).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listApiKeys, { query: pageOfList(options) })
      session.show(
        page,
        ({ data }) =>
          textTable(
            [{ title: 'id' }, { title: 'name' }, { title: 'scopes' }, { title: 'last used' }],
            data.map(({ id, name, scopes, last_used_at }) => [id, name, scopes.join(', '), last_used_at ?? 'never']),
          ) + pageNote(page),
      )
      return 0
    }),
  )
  keys
    .command('delete')
    .summary('revoke a key')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(await session.client.call(routes.deleteApiKey, { params: { id } }), (gone) => `${gone.id} revoked`)
        return 0
      }),
    )
}
