import { Option, type Command } from 'commander'
import { defaultPromptTemplate, productFormat, type ProductFormat } from '../contract/ingest'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { wholeNumber } from './paging'
import { sampleTexts } from './print-samples'
import { readText, uploadFile } from './read-file'
import { saveGenerated } from './save-outputs'
import { finish, fromCli, type WaitOption } from './start-job'

interface GenerateOptions extends WaitOption {
  data: string
  format: ProductFormat
  prompt?: string
  languages: string
  channels: string
  maxTokens: number
  temperature: number
  out?: string
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** `forge generate <model>`: the products of an export, in every language and channel asked for. */
export const addGenerate = (program: Command, context: CliContext): void => {
  program
    .command('generate')
    .summary('write texts for the products of an export')
    .argument('<model>', 'a model or a deployment')
    .requiredOption('--data <file>', 'a product export')
    .addOption(new Option('--format <format>').choices(productFormat.options).default('shopify-products'))
    .option('--prompt <file>', 'Jinja template; use the one that the model was trained with')
    .option('--languages <codes>', 'with commas between', 'en')
    .option('--channels <names>', 'with commas between', 'shop')
    .option('--max-tokens <n>', 'longest text', wholeNumber(1, 4096), 64)
    .option('--temperature <t>', '0 to 2', Number, 0)
    .option('--out <folder>', 'write generated.csv and generated.jsonl there')
    .option('--no-wait', 'do not follow the job')
    .action(
      action(context, async (session: Session, model: string, options: GenerateOptions) => {
        const promptTemplate = options.prompt === undefined ? defaultPromptTemplate : await readText(options.prompt)
        const file = await uploadFile(session.client, options.data, 'dataset')
        const started = await session.client.call(routes.createGeneration, {
          body: {
            model,
            source: {
              type: 'products',
              file_id: file.id,
              format: options.format,
              prompt_template: promptTemplate,
              languages: list(options.languages),
              channels: list(options.channels),
            },
            max_tokens: options.maxTokens,
            temperature: options.temperature,
            job: fromCli,
          },
        })
        return await finish(session, started, options, async ({ id }) => {
          const rows = (await session.client.call(routes.getGeneration, { params: { id } })).rows ?? []
          session.show(rows, (all) => sampleTexts(all))
          const paths = options.out === undefined ? [] : await saveGenerated(options.out, rows)
          if (!session.json) paths.forEach((path) => session.print(path))
          return 0
        })
      }),
    )
}
