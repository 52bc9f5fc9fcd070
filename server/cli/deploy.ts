import type { Command } from 'commander'
import type { Deployment } from '../contract/deployments'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, wholeNumber, type ListOptions } from './paging'
import { finish, fromCli, type WaitOption } from './start-job'
import { textTable } from './text-table'

const deploymentsTable = (deployments: readonly Deployment[]): string =>
  textTable(
    [
      { title: 'name' },
      { title: 'status' },
      { title: 'model' },
      { title: 'generation', align: 'right' },
      { title: 'id' },
    ],
    deployments.map(({ name, status, model, generation, id }) => [name, status, model ?? '-', String(generation), id]),
  )
const historyTable = ({ history }: Deployment): string =>
  textTable(
    [
      { title: 'generation', align: 'right' },
      { title: 'state' },
      { title: 'model' },
      { title: 'since' },
      { title: 'reason' },
    ],
    history.map(({ generation, state, model, created_at, reason }) => [
      String(generation),
      state,
      model,
      created_at,
      reason ?? '',
    ]),
  )

interface ApprovalOptions {
  requireApproval?: boolean
  approvalTimeout?: number
}
interface DeployOptions extends WaitOption, ApprovalOptions {
  name: string
  force?: boolean
  reason?: string
}

const approvalOptions = (command: Command): Command =>
  command
    .option('--require-approval', 'wait for `forge approvals approve` before anything changes, after the gate')
    .option('--approval-timeout <seconds>', 'how long that may take; 604800 unless given', wholeNumber(1, 7_776_000))
const approvalOf = ({ requireApproval, approvalTimeout }: ApprovalOptions) => ({
  require_approval: requireApproval,
  approval_timeout_seconds: approvalTimeout,
})

/** `forge deploy <model>` and `forge deployments …` */
export const addDeploy = (program: Command, context: CliContext): void => {
  approvalOptions(
    program
      .command('deploy')
      .summary('deploy a model under a name')
      .argument('<model>')
      .requiredOption('--name <name>', 'what calls use as `model`')
      .option('--force', 'although its gate failed; needs --reason and is audited')
      .option('--reason <text>', 'why'),
  )
    .option('--no-wait', 'do not follow the job')
    .action(
      action(context, async (session: Session, model: string, options: DeployOptions) => {
        const started = await session.client.call(routes.createDeployment, {
          body: {
            name: options.name,
            model,
            force: options.force ?? false,
            reason: options.reason ?? null,
            ...approvalOf(options),
            job: fromCli,
          },
        })
        return await finish(session, started, options)
      }),
    )

  const deployments = program.command('deployments').summary('list, share, roll back and stop deployments')
  listOptions(deployments.command('list').summary('newest first')).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listDeployments, { query: pageOfList(options) })
      session.show(page, ({ data }) => deploymentsTable(data) + pageNote(page))
      return 0
    }),
  )
  deployments
    .command('get')
    .summary('one deployment, with its history')
    .argument('<id>', 'id or name')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(
          await session.client.call(routes.getDeployment, { params: { id } }),
          (deployment) => `${deploymentsTable([deployment])}\n\n${historyTable(deployment)}`,
        )
        return 0
      }),
    )
  approvalOptions(
    deployments.command('roll-back').summary('serve the generation before again').argument('<id>', 'id or name'),
  )
    .option('--no-wait', 'do not follow the job')
    .action(
      action(context, async (session: Session, id: string, options: WaitOption & ApprovalOptions) => {
        const body = { roll_back: true as const, ...approvalOf(options) }
        return await finish(
          session,
          await session.client.call(routes.updateDeployment, { params: { id }, body }),
          options,
        )
      }),
    )
  deployments
    .command('canary')
    .summary('let another deployment answer a share of the calls')
    .argument('<id>', 'id or name of the one that is called')
    .argument('[other]', 'name of the one that answers a share; without it the sharing ends')
    .option('--weight <share>', 'from 0 to 1, e.g. 0.1', '0.1')
    .action(
      action(context, async (session: Session, id: string, other: string | undefined, options: { weight: string }) => {
        const params = { id }
        const deployment =
          other === undefined
            ? await session.client.call(routes.endCanary, { params })
            : await session.client.call(routes.setCanary, {
                params,
                body: { deployment: other, weight: Number(options.weight) },
              })
        session.show(deployment, ({ name, canary }) =>
          canary === null
            ? `${name} answers all of its calls.`
            : `${canary.deployment} answers ${String(canary.weight * 100)} % of the calls to ${name}.`,
        )
        return 0
      }),
    )
  deployments
    .command('stop')
    .summary('stop a deployment')
    .argument('<id>', 'id or name')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(await session.client.call(routes.stopDeployment, { params: { id } }), (deployment) =>
          deploymentsTable([deployment]),
        )
        return 0
      }),
    )
}
