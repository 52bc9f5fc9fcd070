import { Option, type Command } from 'commander'
import type { z } from 'zod'
import type { Dataset, datasetSource, DatasetVersion } from '../contract/datasets'
import { ingestFormat, type IngestFormat } from '../contract/ingest'
import { routes } from '../contract/routes'
import { CliError } from './cli-error'
import { erasureReport } from './erasure-report'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, wholeNumber, type ListOptions } from './paging'
import { count } from './quantities'
import { readText, uploadFile } from './read-file'
import { finish, fromCli, type WaitOption } from './start-job'
import { textTable } from './text-table'

type DatasetSource = z.input<typeof datasetSource>

const versionsTable = (versions: readonly DatasetVersion[]): string =>
  textTable(
    [
      { title: 'version' },
      { title: 'id' },
      { title: 'rows', align: 'right' },
      { title: 'held out', align: 'right' },
      { title: 'languages' },
    ],
    versions.map(({ version, id, rows, validation_rows, report }) => [
      String(version),
      id,
      count(rows),
      count(validation_rows),
      Object.entries(report.languages)
        .map(([name, n]) => `${name} ${n}`)
        .join(', '),
    ]),
  )
const datasetsTable = (datasets: readonly Dataset[]): string =>
  textTable(
    [{ title: 'id' }, { title: 'name' }, { title: 'version', align: 'right' }, { title: 'rows', align: 'right' }],
    datasets.map(({ id, name, latest_version: latest }) => [
      id,
      name,
      latest ? String(latest.version) : '-',
      latest ? count(latest.rows) : '-',
    ]),
  )

interface SourceOptions {
  connection?: string
  query?: string
  maxSourceRows?: number
}

/** Files are uploaded; an address, or a query with a connection, is fetched by the worker. Throws CliError. */
const sourceOf = async (
  { client }: Session,
  paths: readonly string[],
  { connection, query, maxSourceRows }: SourceOptions,
): Promise<DatasetSource> => {
  const [first = ''] = paths
  const needed = (): string => {
    if (connection !== undefined) return connection
    throw new CliError(
      'This source needs a connection.',
      'Name one with --connection; `forge connections list` shows them.',
    )
  }
  if (query !== undefined) {
    if (paths.length > 0) throw new CliError('A query has no files beside it.', 'Leave the files out, or --query.')
    const limit = maxSourceRows === undefined ? {} : { max_rows: maxSourceRows }
    return { type: 'sql', connection: needed(), query: await readText(query), ...limit }
  }
  const isAddress = /^(?:https?|s3):\/\//
  if (paths.some((path) => isAddress.test(path))) {
    if (paths.length > 1) throw new CliError('An address is a source alone.', 'Name one address, or files only.')
    return first.startsWith('s3:')
      ? { type: 's3', uri: first, connection: needed() }
      : { type: 'url', url: first, connection: connection ?? null }
  }
  if (paths.length === 0) throw new CliError('There is no source.', 'Name files, an address, or --query.')
  const fileIds: string[] = []
  for (const path of paths) fileIds.push((await uploadFile(client, path, 'dataset')).id)
  return { type: 'files', file_ids: fileIds }
}

interface CreateOptions extends WaitOption, SourceOptions {
  format: IngestFormat
  prompt?: string
  validationSplit: number
  maxRows?: number
  redactPersonalData?: boolean
  append?: boolean
}

/** `forge datasets …`; `create` is the ingest step. */
export const addDatasets = (program: Command, context: CliContext): void => {
  const datasets = program.command('datasets').summary('ingest data; list and look into datasets')

  datasets
    .command('create')
    .summary('ingest data into a new dataset, or a new version of one')
    .argument('<name>')
    .argument('[source...]', 'files, or one https:// or s3:// address')
    .option('--connection <name>', 'credentials for an address or a query')
    .option('--query <file>', 'SQL for a PostgreSQL connection; one query, read only')
    .option('--max-source-rows <n>', 'a query that gives more ends the step', wholeNumber(1, 10_000_000))
    .addOption(new Option('--format <format>').choices(ingestFormat.options).default('auto'))
    .option('--prompt <file>', 'Jinja template for product exports')
    .option('--validation-split <share>', 'held back, 0 to 0.5', Number, 0.1)
    .option('--max-rows <n>', 'keep this many', wholeNumber(1, 1_000_000_000))
    .option('--redact-personal-data', 'mask email, phone, IBAN and payment card numbers')
    .option('--append', 'begin with the rows of the newest version and add these')
    .option('--no-wait', 'do not follow the job')
    .action(
      action(context, async (session: Session, name: string, paths: string[], options: CreateOptions) => {
        const prompt = options.prompt === undefined ? null : await readText(options.prompt)
        const started = await session.client.call(routes.createDataset, {
          body: {
            name,
            source: await sourceOf(session, paths, options),
            append: options.append ?? false,
            options: {
              format: options.format,
              validation_split: options.validationSplit,
              max_rows: options.maxRows ?? null,
              redact_personal_data: options.redactPersonalData ?? false,
              ...(prompt === null ? {} : { product_texts: { prompt_template: prompt } }),
            },
            job: fromCli,
          },
        })
        return await finish(session, started, options)
      }),
    )

  listOptions(datasets.command('list').summary('newest first')).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listDatasets, { query: pageOfList(options) })
      session.show(page, ({ data }) => datasetsTable(data) + pageNote(page))
      return 0
    }),
  )

  datasets
    .command('get')
    .summary('one dataset')
    .argument('<id>', 'id or name')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(await session.client.call(routes.getDataset, { params: { id } }), (dataset) =>
          dataset.latest_version
            ? `${datasetsTable([dataset])}\n\n${versionsTable([dataset.latest_version])}`
            : datasetsTable([dataset]),
        )
        return 0
      }),
    )

  listOptions(datasets.command('versions').summary('the versions of a dataset').argument('<id>', 'id or name')).action(
    action(context, async (session: Session, id: string, options: ListOptions) => {
      const page = await session.client.call(routes.listDatasetVersions, { params: { id }, query: pageOfList(options) })
      session.show(page, ({ data }) => versionsTable(data) + pageNote(page))
      return 0
    }),
  )

  datasets
    .command('preview')
    .summary('the first rows, as JSON lines')
    .argument('<id>', 'id or name')
    .option('--limit <n>', 'rows', wholeNumber(1, 100), 3)
    .addOption(new Option('--part <part>').choices(['train', 'validation']).default('train'))
    .action(
      action(context, async (session: Session, id: string, query: { limit: number; part: 'train' | 'validation' }) => {
        const preview = await session.client.call(routes.previewDataset, { params: { id }, query })
        session.show(preview, ({ rows }) => rows.map((row) => JSON.stringify(row)).join('\n'))
        return 0
      }),
    )

  datasets
    .command('erase')
    .summary('remove the rows of all versions at once, and say which models were trained on them')
    .argument('<id>', 'id or name')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(await session.client.call(routes.eraseDataset, { params: { id } }), erasureReport)
        return 0
      }),
    )

  datasets
    .command('delete')
    .summary('delete a dataset with its versions')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(
          await session.client.call(routes.deleteDataset, { params: { id } }),
          (gone) => `${gone.id} deleted`,
        )
        return 0
      }),
    )
}
