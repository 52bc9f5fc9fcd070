import type { Command } from 'commander'
import type { Model } from '../contract/models'
import { routes } from '../contract/routes'
import { action, type CliContext, type Session } from './context'
import { bytes } from './quantities'
import { saveModel } from './save-outputs'
import { textTable } from './text-table'

const modelsTable = (models: readonly Model[]): string =>
  textTable(
    [{ title: 'id' }, { title: 'kind' }, { title: 'name' }, { title: 'base' }, { title: 'gate' }],
    models.map(({ id, kind, name, base_model, gate }) => [id, kind, name, base_model, gate ?? '-']),
  )
const artifactsTable = ({ artifacts }: Model): string =>
  textTable(
    [{ title: 'artifact' }, { title: 'size', align: 'right' }, { title: 'sha256' }],
    artifacts.map(({ name, bytes: size, sha256 }) => [name, bytes(size), sha256]),
  )

/** `forge models …` */
export const addModels = (program: Command, context: CliContext): void => {
  const models = program.command('models').summary('list, download and delete models')
  models
    .command('list')
    .summary('what can be called')
    .action(
      action(context, async (session: Session) => {
        session.show(await session.client.call(routes.listModels, {}), ({ data }) => modelsTable(data))
        return 0
      }),
    )
  models
    .command('get')
    .summary('one model, with its artifacts')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(
          await session.client.call(routes.getModel, { params: { id } }),
          (model) => `${modelsTable([model])}\n\n${artifactsTable(model)}`,
        )
        return 0
      }),
    )
  models
    .command('download')
    .summary('save the artifacts of a model')
    .argument('<id>')
    .option('--to <folder>', 'default: a folder named for the model')
    .action(
      action(context, async (session: Session, id: string, options: { to?: string }) => {
        const model = await session.client.call(routes.getModel, { params: { id } })
        session.show(await saveModel(session.client, options.to ?? model.id, model), (paths) => paths.join('\n'))
        return 0
      }),
    )
  models
    .command('delete')
    .summary('delete a tuned model')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(await session.client.call(routes.deleteModel, { params: { id } }), (gone) => `${gone.id} deleted`)
        return 0
      }),
    )
}
