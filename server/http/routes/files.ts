import type { Readable } from 'node:stream'
import type { Selectable } from 'kysely'
import { ForgeError } from '../../contract/errors'
import { filePurpose, type FileObject } from '../../contract/files'
import { routes } from '../../contract/routes'
import type { Route } from '../../contract/route'
import { erasableFile } from '../../jobs/erase/erasable'
import { erase } from '../../jobs/erase/erase'
import { newId } from '../../storage/new-id'
import { addBlob } from '../../storage/sql/add-blob'
import type { Db } from '../../storage/database'
import type { Tables } from '../../storage/tables'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Call, Register } from '../register'

type FileRow = Selectable<Tables['app.file']>
const view = (row: FileRow): FileObject => ({
  id: row.id,
  object: 'file',
  bytes: row.bytes,
  created_at: Math.floor(row.created_at.getTime() / 1000),
  filename: row.filename,
  purpose: row.purpose,
  status: 'processed',
  sha256: row.sha256,
})

const findFile = async (db: Db, id: string, projectId: string): Promise<FileRow> => {
  const row = await db
    .selectFrom('app.file')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw new ForgeError('file_not_found', { id })
  return row
}

export const fileRoutes = (on: Register, { db, blobs, uploadLimitBytes }: Ports): void => {
  const store = async (
    content: AsyncIterable<Uint8Array>,
    filename: string,
    purpose: FileRow['purpose'],
    { caller, keyed }: Pick<Call<Route>, 'caller' | 'keyed'>,
  ): Promise<FileObject> => {
    const staged = await blobs.stage(content, { limitBytes: uploadLimitBytes })
    const { sha256, bytes } = staged
    const name = (): Promise<FileObject> =>
      db.transaction().execute(async (tx) => {
        // the row stays locked until the file names it: neither the collector nor an erasure takes the bytes meanwhile
        await addBlob(tx, { sha256, bytes })
        await staged.publish()
        const row = await tx
          .insertInto('app.file')
          .values({ id: newId('file'), project_id: caller.projectId, purpose, filename, sha256, bytes })
          .returningAll()
          .executeTakeFirstOrThrow()
        return view(row)
      })
    try {
      if (bytes === 0) throw new ForgeError('file_empty', { filename })
      return await keyed({ filename, purpose, sha256 }, name)
    } finally {
      await staged.discard()
    }
  }

  on(routes.createFile, async ({ request, caller, keyed }) => {
    const part = await request.file()
    if (!part) throw new ForgeError('invalid_request', { detail: 'file: the form has no file.' }, { param: 'file' })
    const field = part.fields['purpose']
    const given = field && 'value' in field ? field.value : undefined
    const purpose = filePurpose.safeParse(given)
    if (!purpose.success)
      throw new ForgeError(
        'invalid_request',
        {
          detail: `purpose: must stand before the file in the form and be one of ${filePurpose.options.join(', ')} (got ${JSON.stringify(given)}).`,
        },
        { param: 'purpose' },
      )
    return await store(part.file, part.filename, purpose.data, { caller, keyed })
  })
  on(routes.putFile, ({ request, query, caller, keyed }) =>
    store(request.body as Readable, query.filename, query.purpose, { caller, keyed }),
  )
  on(routes.listFiles, async ({ query, caller }) => {
    let rows = db
      .selectFrom('app.file')
      .selectAll()
      .where('project_id', '=', caller.projectId)
      .where('deleted_at', 'is', null)
    if (query.purpose) rows = rows.where('purpose', '=', query.purpose)
    const page = await pageOfRows(rows, query)
    return listOf(page.rows.map(view), page.has_more)
  })
  on(routes.getFile, async ({ params, caller }) => view(await findFile(db, params.id, caller.projectId)))
  on(routes.getFileContent, async ({ params, caller, reply }) => {
    const row = await findFile(db, params.id, caller.projectId)
    return reply
      .type('application/octet-stream')
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(row.filename)}`)
      .send(await blobs.read(row.sha256))
  })
  on(routes.eraseFile, async ({ params, caller }) =>
    erase(db, blobs, await erasableFile(db, params.id, caller.projectId), caller.keyId),
  )
  on(routes.deleteFile, async ({ params, caller }) => {
    const row = await findFile(db, params.id, caller.projectId)
    await db.updateTable('app.file').set({ deleted_at: new Date() }).where('id', '=', row.id).execute()
    return { id: row.id, object: 'file', deleted: true as const }
  })
}
