import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow'
import type { Reply } from './contract'
import { forge } from './transport'

type Uploaded = Reply<'putFile'>
type Content = Parameters<typeof forge>[1]['body']

const sixHours = 6 * 3_600_000

const put = async (context: IExecuteFunctions, filename: string, body: Content, itemIndex: number): Promise<string> => {
  const { id } = await forge<Uploaded>(context, {
    method: 'PUT',
    path: '/v1/files/content',
    query: { purpose: 'dataset', filename },
    contentType: 'application/octet-stream',
    body,
    itemIndex,
    timeoutMs: sixHours,
  })
  return id
}

/** Uploads the file in a binary field of an item as it is: as a stream where n8n keeps it on disk. Gives its id. */
export const uploadBinary = async (context: IExecuteFunctions, item: number, field: string): Promise<string> => {
  const data: IBinaryData = context.helpers.assertBinaryData(item, field)
  const body =
    data.id === undefined
      ? await context.helpers.getBinaryDataBuffer(item, field)
      : await context.helpers.getBinaryStream(data.id)
  return await put(context, data.fileName ?? `${field}.${data.fileExtension ?? 'csv'}`, body, item)
}

/** Uploads rows as a JSONL file, and gives its id. */
export const uploadRows = async (context: IExecuteFunctions, rows: readonly unknown[]): Promise<string> =>
  await put(context, 'items.jsonl', Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')), 0)
