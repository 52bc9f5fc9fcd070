import type { Command } from 'commander'
import { z } from 'zod'
import type { CallInput } from '../client/client'
import { createJob } from '../contract/create-job'
import { jobEvent, jobStatus, stepKind } from '../contract/jobs'
import { routes } from '../contract/routes'
import { CliError } from './cli-error'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, type ListOptions } from './paging'
import { eventLine, jobsTable, jobText } from './print-job'
import { bytes, duration, joules, money } from './quantities'
import { readJson } from './read-file'
import { serverSentEvents } from './sse'
import { finish, type WaitOption } from './start-job'

const readJob = async (path: string): Promise<CallInput<typeof routes.createJob>> => {
  const parsed = createJob.safeParse(await readJson(path))
  if (!parsed.success)
    throw new CliError(
      `${path} is no job:\n${z.prettifyError(parsed.error)}`,
      '/docs of the server shows the body of POST /v1/jobs.',
    )
  return { body: parsed.data }
}

const moves = {
  pause: [routes.pauseJob, 'pause a job at a checkpoint'],
  resume: [routes.resumeJob, 'resume a paused job'],
} as const

/** `forge jobs …`: every kind of job in one shape. */
export const addJobs = (program: Command, context: CliContext): void => {
  const jobs = program.command('jobs').summary('list, follow, cancel, pause, resume and retry jobs')

  listOptions(jobs.command('list').summary('newest first'))
    .option('--status <status>', jobStatus.options.join(', '))
    .option('--kind <kind>', stepKind.options.join(', '))
    .option('--parent <id>', 'steps of this recipe run')
    .option('--metadata <name=value>', 'carries this; the jobs of a schedule carry schedule=<its name>')
    .action(
      action(
        context,
        async (
          session: Session,
          options: ListOptions & { status?: string; kind?: string; parent?: string; metadata?: string },
        ) => {
          const one = <T extends z.ZodEnum>(schema: T, flag: string, value: string): z.output<T> => {
            const parsed = schema.safeParse(value)
            if (parsed.success) return parsed.data
            throw new CliError(`--${flag} "${value}" is not known.`, `Use one of ${schema.options.join(', ')}.`)
          }
          const page = await session.client.call(routes.listJobs, {
            query: {
              limit: options.limit,
              ...(options.after === undefined ? {} : { after: options.after }),
              ...(options.status === undefined ? {} : { status: one(jobStatus, 'status', options.status) }),
              ...(options.kind === undefined ? {} : { kind: one(stepKind, 'kind', options.kind) }),
              ...(options.parent === undefined ? {} : { parent_id: options.parent }),
              ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
            },
          })
          session.show(page, ({ data }) => jobsTable(data) + pageNote(page))
          return 0
        },
      ),
    )

  jobs
    .command('get')
    .summary('one job')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(await session.client.call(routes.getJob, { params: { id } }), jobText)
        return 0
      }),
    )

  jobs
    .command('create')
    .summary('start a job of any kind')
    .argument('<job.json>', 'the body of POST /v1/jobs')
    .option('--no-wait', 'do not follow it')
    .action(
      action(context, async (session: Session, path: string, options: WaitOption) => {
        const started = await session.client.call(routes.createJob, await readJob(path))
        return await finish(session, started, options)
      }),
    )

  jobs
    .command('estimate')
    .summary('what a job would take, before it is started')
    .argument('<job.json>', 'the body of POST /v1/jobs')
    .action(
      action(context, async (session: Session, path: string) => {
        const estimate = await session.client.call(routes.estimateJob, await readJob(path))
        session.show(estimate, ({ seconds, memory_bytes, energy_joules, cost, currency, basis }) =>
          [
            `time    ${seconds === null ? 'not known' : duration(seconds)}`,
            `memory  ${memory_bytes === null ? 'not known' : bytes(memory_bytes)}`,
            `energy  ${energy_joules === null ? 'not known' : joules(energy_joules)}`,
            `cost    ${cost === null ? 'not known' : money(cost, currency)}`,
            `basis   ${basis}`,
          ].join('\n'),
        )
        return 0
      }),
    )

  jobs
    .command('follow')
    .summary('show a job until it ends')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        const job = await session.client.call(routes.getJob, { params: { id } })
        return await finish(session, job, { wait: true })
      }),
    )

  for (const [verb, [route, summary]] of Object.entries(moves)) {
    jobs
      .command(verb)
      .summary(summary)
      .argument('<id>')
      .action(
        action(context, async (session: Session, id: string) => {
          session.show(await session.client.call(route, { params: { id } }), jobText)
          return 0
        }),
      )
  }

  jobs
    .command('events')
    .summary('what happened to a job')
    .argument('<id>')
    .option('--follow', 'as it happens, until the job ends')
    .action(
      action(context, async (session: Session, id: string, options: { follow?: boolean }) => {
        if (!options.follow) {
          const page = await session.client.call(routes.listJobEvents, { params: { id }, query: { limit: 100 } })
          session.show(page, ({ data }) => data.map(eventLine).join('\n'))
          return 0
        }
        const stream = await session.client.stream(routes.streamJobEvents, { params: { id } }, { timeoutMs: 0 })
        for await (const data of serverSentEvents(stream)) {
          const event = jobEvent.safeParse(JSON.parse(data))
          session.print(session.json || !event.success ? data : eventLine(event.data))
        }
        return 0
      }),
    )

  jobs
    .command('logs')
    .summary('the engine log')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        const log = await session.client.call(routes.getJobLogs, { params: { id } })
        session.show(log, ({ lines }) =>
          lines.length === 0
            ? 'No lines.'
            : lines.map(({ attempt, at, line }) => `${attempt}  ${at}  ${line}`).join('\n'),
        )
        return 0
      }),
    )
}
