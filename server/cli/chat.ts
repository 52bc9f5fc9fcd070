import type { Command } from 'commander'
import { z } from 'zod'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { wholeNumber } from './paging'
import { serverSentEvents } from './sse'

const chunk = z.looseObject({
  choices: z.array(z.looseObject({ delta: z.looseObject({ content: z.string().nullish() }) })),
})

/** `forge chat <model> <message>`: the answer as it is written. With --json, the whole answer at once. */
export const addChat = (program: Command, context: CliContext): void => {
  program
    .command('chat')
    .summary('ask a model')
    .argument('<model>', 'a deployment or a model')
    .argument('<message>')
    .option('--system <text>', 'a system message before it')
    .option('--max-tokens <n>', 'longest answer', wholeNumber(1, 4096), 256)
    .option('--temperature <t>', '0 to 2', Number, 0)
    .action(
      action(
        context,
        async (
          session: Session,
          model: string,
          message: string,
          options: { system?: string; maxTokens: number; temperature: number },
        ) => {
          const body = {
            model,
            messages: [
              ...(options.system === undefined ? [] : [{ role: 'system' as const, content: options.system }]),
              { role: 'user' as const, content: message },
            ],
            max_tokens: options.maxTokens,
            temperature: options.temperature,
          }
          // the first call to a sleeping deployment waits for its engine
          const timeoutMs = 180_000
          if (session.json) {
            session.show(await session.client.call(routes.createChatCompletion, { body }, { timeoutMs }), String)
            return 0
          }
          const stream = await session.client.stream(
            routes.createChatCompletion,
            { body: { ...body, stream: true } },
            { timeoutMs },
          )
          for await (const data of serverSentEvents(stream)) {
            if (data === '[DONE]') break
            const parsed = chunk.safeParse(JSON.parse(data))
            if (parsed.success) for (const { delta } of parsed.data.choices) session.out.write(delta.content ?? '')
          }
          session.print('')
          return 0
        },
      ),
    )
}
