import { Option, type Command } from 'commander'
import { approvalStatus, type Approval, type ApprovalStatus } from '../contract/approvals'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, type ListOptions } from './paging'
import { textTable } from './text-table'

const table = (approvals: readonly Approval[]): string =>
  textTable(
    [{ title: 'id' }, { title: 'status' }, { title: 'deployment' }, { title: 'model' }, { title: 'until' }],
    approvals.map(({ id, status, deployment, model, expires_at }) => [id, status, deployment, model, expires_at]),
  )

/** One approval with all that is known of it. */
const details = (one: Approval): string => {
  const lines: [string, string | null][] = [
    ['job', one.job_id],
    ['evaluation', one.evaluation_id ?? 'none of this model'],
    ['gate', one.forced ? 'failed; the job says to deploy all the same' : null],
    ['requested', one.requested_at],
    ['decided', one.decided_at],
    ['by', one.decided_by && `${one.decided_by.name} (${one.decided_by.api_key_id})`],
    ['reason', one.reason],
  ]
  const known = lines.filter(([, text]) => text !== null).map(([name, text]) => `${name.padEnd(12)}${text ?? ''}`)
  return [table([one]), '', ...known].join('\n')
}

/** `forge approvals …`: deploy jobs that wait for a person; deciding needs a key with the scope `approve`. */
export const addApprovals = (program: Command, context: CliContext): void => {
  const approvals = program.command('approvals').summary('deployments that wait for a person')

  listOptions(approvals.command('list').summary('newest first'))
    .addOption(new Option('--status <status>').choices(approvalStatus.options))
    .action(
      action(context, async (session: Session, options: ListOptions & { status?: ApprovalStatus }) => {
        const { status } = options
        const query = { ...pageOfList(options), ...(status === undefined ? {} : { status }) }
        const page = await session.client.call(routes.listApprovals, { query })
        session.show(page, ({ data }) => table(data) + pageNote(page))
        return 0
      }),
    )

  const one = (name: string, summary: string): Command =>
    approvals.command(name).summary(summary).argument('<id>', 'such as appr_…')

  one('show', 'one approval, with who decided when and why').action(
    action(context, async (session: Session, id: string) => {
      session.show(await session.client.call(routes.getApproval, { params: { id } }), details)
      return 0
    }),
  )
  one('approve', 'let the deployment go on')
    .option('--reason <text>', 'kept in the audit')
    .action(
      action(context, async (session: Session, id: string, { reason = null }: { reason?: string | null }) => {
        session.show(await session.client.call(routes.approve, { params: { id }, body: { reason } }), details)
        return 0
      }),
    )
  one('reject', 'cancel the deployment')
    .requiredOption('--reason <text>', 'stands in the error of the job')
    .action(
      action(context, async (session: Session, id: string, { reason }: { reason: string }) => {
        session.show(await session.client.call(routes.reject, { params: { id }, body: { reason } }), details)
        return 0
      }),
    )
}
