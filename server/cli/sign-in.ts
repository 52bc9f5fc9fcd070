import type { Command } from 'commander'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'

/** `forge sign-in`: a link to the console. */
export const addSignIn = (program: Command, context: CliContext): void => {
  program
    .command('sign-in')
    .summary('a link that signs a browser in to the console, once')
    .action(
      action(context, async (session: Session) => {
        const link = await session.client.call(routes.createSignInLink, { body: {} })
        session.show(link, ({ url, expires_at }) => `${url}\nSigns one browser in, once, until ${expires_at}.`)
        return 0
      }),
    )
}
