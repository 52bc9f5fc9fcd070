import type { Command } from 'commander'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, type ListOptions } from './paging'
import { textTable } from './text-table'

/** `forge projects …`; needs an admin key of the first project. */
export const addProjects = (program: Command, context: CliContext): void => {
  const projects = program.command('projects').summary('make and list projects, which do not see each other')
  projects
    .command('create')
    .summary('make a project; its first key is shown once')
    .argument('<name>')
    .action(
      action(context, async (session: Session, name: string) => {
        session.show(
          await session.client.call(routes.createProject, { body: { name } }),
          ({ id, key }) => `${key}\nShown once: the admin key of ${id}. Use it as FORGE_API_KEY or with --key.`,
        )
        return 0
      }),
    )
  listOptions(projects.command('list').summary('newest first')).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listProjects, { query: pageOfList(options) })
      session.show(
        page,
        ({ data }) =>
          textTable(
            [{ title: 'id' }, { title: 'name' }, { title: 'made' }],
            data.map(({ id, name, created_at }) => [id, name, created_at]),
          ) + pageNote(page),
      )
      return 0
    }),
  )
}
