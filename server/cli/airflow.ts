import type { Command } from 'commander'
import type { z } from 'zod'
import type { AirflowDag, AirflowDagDetails } from '../contract/airflow'
import { json } from '../contract/json'
import type { GivenBody } from '../contract/route'
import { routes } from '../contract/routes'
import { CliError } from './cli-error'
import { action, type CliContext, type Session } from './context'
import { wholeNumber } from './paging'
import { readJson } from './read-file'
import { finish, fromCli, type WaitOption } from './start-job'
import { textTable } from './text-table'

interface OfConnection {
  connection?: string
}
interface ListOptions extends OfConnection {
  search?: string
  limit: number
  offset: number
}
interface RunOptions extends OfConnection, WaitOption {
  conf?: string
  param: string[]
  xcom: string[]
  logicalDate?: string
  note?: string
}
type Json = z.infer<typeof json>
type Conf = NonNullable<GivenBody<typeof routes.createAirflowDagRun>['conf']>

const collect = (value: string, before: readonly string[]): string[] => [...before, value]
const of = ({ connection }: OfConnection) => (connection === undefined ? {} : { connection })

const dagTable = (dags: readonly AirflowDag[]): string =>
  textTable(
    [{ title: 'dag' }, { title: 'state' }, { title: 'schedule' }, { title: 'tags' }],
    dags.map((dag) => [
      dag.id,
      dag.has_import_errors ? 'import error' : dag.is_paused ? 'paused' : 'active',
      dag.schedule ?? '',
      dag.tags.join(', '),
    ]),
  )

const dagText = (dag: AirflowDagDetails): string => {
  const parameters = Object.entries(dag.parameters.properties)
  const cell = (value: Json | undefined): string =>
    value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  const table = textTable(
    [{ title: 'parameter' }, { title: 'type' }, { title: 'default' }, { title: 'meaning' }],
    parameters.map(([name, { type, default: preset, description }]) => [
      dag.parameters.required.includes(name) ? `${name} (required)` : name,
      cell(type),
      cell(preset),
      cell(description),
    ]),
  )
  return [dagTable([dag]), dag.url, parameters.length === 0 ? 'It takes no parameters.' : table].join('\n')
}

/** `name=value`; a value that is JSON (500, true, ["a"]) is that, any other is text. Throws CliError. */
const readParam = (pair: string): [string, Json] => {
  const at = pair.indexOf('=')
  if (at < 1) throw new CliError(`"${pair}" is no parameter.`, 'Parameters are name=value, e.g. --param rows=500.')
  const text = pair.slice(at + 1)
  try {
    return [pair.slice(0, at), json.parse(JSON.parse(text))]
  } catch {
    return [pair.slice(0, at), text] // text needs no quotes
  }
}

const readConf = async ({ conf, param }: RunOptions): Promise<Conf> => {
  const given = conf === undefined ? {} : await readJson(conf)
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new CliError(`${conf} is no JSON object.`, 'Write the parameters as {"name": value}.')
  return { ...(given as Conf), ...Object.fromEntries(param.map(readParam)) }
}

const readXCom = (choice: string) => {
  const [task_id = '', key] = choice.split(':', 2)
  return key === undefined ? { task_id } : { task_id, key }
}

/** `forge airflow …`: the DAGs of a connected Airflow, and runs of them as jobs. */
export const addAirflow = (program: Command, context: CliContext): void => {
  const airflow = program.command('airflow').summary('DAGs of a connected Airflow, and runs of them as jobs')
  const command = (name: string, summary: string): Command =>
    airflow
      .command(name)
      .summary(summary)
      .option('--connection <id>', 'id or name; not needed where the project has one connection of type airflow')

  command('dags', 'DAGs by id')
    .option('--search <text>', 'a part of the id')
    .option('--limit <count>', 'at most 100', wholeNumber(1, 100), 20)
    .option('--offset <count>', 'how many to leave out', wholeNumber(0, 1_000_000), 0)
    .action(
      action(context, async (session: Session, { search, limit, offset, ...options }: ListOptions) => {
        const query = { ...of(options), limit, offset, ...(search === undefined ? {} : { search }) }
        const page = await session.client.call(routes.listAirflowDags, { query })
        const shown = offset + page.data.length
        session.show(
          page,
          ({ data }) =>
            dagTable(data) + (page.has_more ? `\n${shown} of ${page.total}; more with --offset ${shown}` : ''),
        )
        return 0
      }),
    )
  command('dag', 'one DAG with its parameters')
    .argument('<dag_id>')
    .action(
      action(context, async (session: Session, id: string, options: OfConnection) => {
        session.show(await session.client.call(routes.getAirflowDag, { params: { id }, query: of(options) }), dagText)
        return 0
      }),
    )
  command('run', 'run a DAG as a job and follow it')
    .argument('<dag_id>')
    .option('--conf <file>', 'JSON file with the parameters')
    .option('--param <name=value>', 'a parameter, over those of the file; may be repeated', collect, [])
    .option(
      '--xcom <task[:key]>',
      'what the result shall carry, key return_value unless given; may be repeated',
      collect,
      [],
    )
    .option('--logical-date <time>', 'ISO 8601; the time that the run stands for')
    .option('--note <text>', 'shown beside the run in Airflow')
    .option('--no-wait', 'do not follow it')
    .action(
      action(context, async (session: Session, dag_id: string, options: RunOptions) => {
        const body = {
          ...of(options),
          dag_id,
          conf: await readConf(options),
          xcoms: options.xcom.map(readXCom),
          ...(options.logicalDate === undefined ? {} : { logical_date: options.logicalDate }),
          ...(options.note === undefined ? {} : { note: options.note }),
          job: fromCli,
        }
        return await finish(session, await session.client.call(routes.createAirflowDagRun, { body }), options)
      }),
    )
}
