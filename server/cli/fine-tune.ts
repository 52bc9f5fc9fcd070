import { Option, type Command } from 'commander'
import { defaultBaseModel } from '../contract/base-models'
import { routes } from '../contract/routes'
import { CliError } from './cli-error'
import { action, type CliContext, type Session } from './context'
import { finish, fromCli, type WaitOption } from './start-job'

interface FineTuneOptions extends WaitOption {
  dataset: string
  base: string
  hubConnection?: string
  suffix?: string
  epochs?: number
  learningRate?: number
  batchSize?: number
  maxLength?: number
  loraRank?: number
  method?: 'lora' | 'full'
  gpus?: number | 'auto'
}

/** The newest version of a dataset by id or name; a `dsv_…` stays as it is. Throws CliError, ApiError. */
export const pinDataset = async ({ client }: Session, dataset: string): Promise<string> => {
  if (dataset.startsWith('dsv_')) return dataset
  const { latest_version: latest } = await client.call(routes.getDataset, { params: { id: dataset } })
  if (latest === null)
    throw new CliError(
      `The dataset "${dataset}" has no version yet.`,
      'Wait for its ingest job, or look at it with `forge jobs list --kind ingest`.',
    )
  return latest.id
}

/** `forge fine-tune`: hyperparameters left out take the server's defaults. */
export const addFineTune = (program: Command, context: CliContext): void => {
  program
    .command('fine-tune')
    .summary('fine-tune a model on a dataset')
    .requiredOption('--dataset <id>', 'a dataset by id or name, or a version (`dsv_…`)')
    .option('--base <model>', 'the model to start from', defaultBaseModel)
    .option('--hub-connection <name>', 'credentials for a Hugging Face model behind a login')
    .option('--suffix <name>', 'becomes part of the name of the model')
    .option('--epochs <n>', 'passes over the rows', Number)
    .option('--learning-rate <rate>', 'peak rate', Number)
    .option('--batch-size <n>', 'rows per step', Number)
    .option('--max-length <tokens>', 'tokens per row', Number)
    .option('--lora-rank <n>', 'rank of the adapter', Number)
    .addOption(new Option('--method <method>', 'train an adapter, or all weights').choices(['lora', 'full']))
    .option('--gpus <n>', 'GPUs of one worker; `auto` takes one where there is one', (given) =>
      given === 'auto' ? given : Number(given),
    )
    .option('--no-wait', 'do not follow the job')
    .action(
      action(context, async (session: Session, options: FineTuneOptions) => {
        const { epochs, learningRate, batchSize, maxLength, loraRank, gpus } = options
        const started = await session.client.call(routes.createJob, {
          body: {
            kind: 'fine-tune',
            input: {
              base_model: options.base,
              ...(options.hubConnection === undefined ? {} : { hub_connection: options.hubConnection }),
              data: { type: 'dataset', dataset_version_id: await pinDataset(session, options.dataset) },
              suffix: options.suffix ?? null,
              ...(options.method === undefined ? {} : { method: options.method }),
              hyperparameters: {
                ...(epochs === undefined ? {} : { epochs }),
                ...(learningRate === undefined ? {} : { learning_rate: learningRate }),
                ...(batchSize === undefined ? {} : { batch_size: batchSize }),
                ...(maxLength === undefined ? {} : { max_length: maxLength }),
                ...(loraRank === undefined ? {} : { lora_rank: loraRank }),
              },
            },
            job: { ...fromCli, ...(gpus === undefined ? {} : { resources: { gpus } }) },
          },
        })
        return await finish(session, started, options)
      }),
    )
}
