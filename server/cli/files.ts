import { createWriteStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Option, type Command } from 'commander'
import { filePurpose, type FileObject } from '../contract/files'
import { routes } from '../contract/routes'
import { erasureReport } from './erasure-report'
import { action, type CliContext, type Session } from './context'
import { listOptions, pageNote, pageOfList, type ListOptions } from './paging'
import { bytes } from './quantities'
import { uploadFile } from './read-file'
import { textTable } from './text-table'

const filesTable = (files: readonly FileObject[]): string =>
  textTable(
    [{ title: 'id' }, { title: 'purpose' }, { title: 'size', align: 'right' }, { title: 'name' }],
    files.map(({ id, purpose, bytes: size, filename }) => [id, purpose, bytes(size), filename]),
  )

/** `forge files …` */
export const addFiles = (program: Command, context: CliContext): void => {
  const files = program.command('files').summary('upload, list, download and delete files')

  files
    .command('upload')
    .summary('upload files')
    .argument('<path...>')
    .addOption(new Option('--purpose <purpose>').choices(filePurpose.options).default('dataset'))
    .action(
      action(context, async (session: Session, paths: string[], { purpose }: { purpose: FileObject['purpose'] }) => {
        const uploaded: FileObject[] = []
        for (const path of paths) uploaded.push(await uploadFile(session.client, path, purpose))
        session.show(uploaded, filesTable)
        return 0
      }),
    )

  listOptions(files.command('list').summary('newest first')).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listFiles, { query: pageOfList(options) })
      session.show(page, ({ data }) => filesTable(data) + pageNote(page))
      return 0
    }),
  )

  files
    .command('get')
    .summary('one file')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(
          await session.client.call(routes.getFile, { params: { id } }),
          (file) => `${filesTable([file])}\nsha256 ${file.sha256}`,
        )
        return 0
      }),
    )

  files
    .command('download')
    .summary('save a file here')
    .argument('<id>')
    .option('--to <path>', 'default: its name, in this folder')
    .action(
      action(context, async (session: Session, id: string, options: { to?: string }) => {
        const file = await session.client.call(routes.getFile, { params: { id } })
        // the name came from whoever uploaded it: never let it lead out of this folder
        const path = options.to ?? basename(file.filename)
        const stream = await session.client.stream(routes.getFileContent, { params: { id } }, { timeoutMs: 0 })
        await pipeline(stream, createWriteStream(path, { flags: options.to === undefined ? 'wx' : 'w' }))
        session.show({ id, path, bytes: file.bytes }, (saved) => `${saved.path}  ${bytes(saved.bytes)}`)
        return 0
      }),
    )

  files
    .command('erase')
    .summary('remove the content at once, and say which models were trained on it')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(await session.client.call(routes.eraseFile, { params: { id } }), erasureReport)
        return 0
      }),
    )

  files
    .command('delete')
    .summary('delete a file')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(await session.client.call(routes.deleteFile, { params: { id } }), (gone) => `${gone.id} deleted`)
        return 0
      }),
    )
}
