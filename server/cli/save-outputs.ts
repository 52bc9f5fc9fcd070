import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ForgeClient } from '../client/client'
import type { GenerationRow } from '../contract/generations'
import type { Model } from '../contract/models'
import { routes } from '../contract/routes'

/** A cell that a spreadsheet takes for a formula is a way in; a leading apostrophe makes it text. */
const cell = (value: unknown): string => {
  const plain = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  const text = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const columns = ['product_id', 'title', 'channel', 'language'] as const

/** The texts as CSV (RFC 4180), one row each, with what they are about. */
export const generatedCsv = (rows: readonly GenerationRow[]): string =>
  [
    [...columns, 'text', 'base_text', 'error'].join(','),
    ...rows.map(({ metadata, text, compare_text, error }) =>
      [...columns.map((name) => metadata[name]), text, compare_text, error?.message].map(cell).join(','),
    ),
    '',
  ].join('\r\n')

/** Writes generated.csv and generated.jsonl into `folder` and gives their paths. */
export const saveGenerated = async (folder: string, rows: readonly GenerationRow[]): Promise<string[]> => {
  await mkdir(folder, { recursive: true })
  const [csv, jsonl] = [join(folder, 'generated.csv'), join(folder, 'generated.jsonl')]
  await writeFile(csv, generatedCsv(rows))
  await writeFile(jsonl, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return [csv, jsonl]
}

/** Downloads every artifact of a model into `folder` and gives their paths. Throws ApiError. */
export const saveModel = async (client: ForgeClient, folder: string, model: Model): Promise<string[]> => {
  await mkdir(folder, { recursive: true })
  const paths: string[] = []
  for (const { name } of model.artifacts) {
    // the server's names are file names; one that is not must not lead out of the folder
    const path = join(folder, basename(name))
    await pipeline(
      await client.stream(routes.getModelContent, { params: { id: model.id, name } }, { timeoutMs: 0 }),
      createWriteStream(path),
    )
    paths.push(path)
  }
  return paths
}
