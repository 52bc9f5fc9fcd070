import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ForgeClient } from '../client/client'
import type { FileObject } from '../contract/files'
import { routes } from '../contract/routes'
import { CliError } from './cli-error'

const unreadable = (path: string, error: unknown): CliError => {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ENOENT'
    ? new CliError(
        `There is no file ${path}.`,
        'Check the path; paths in a recipe are relative to the recipe file.',
        error,
      )
    : new CliError(`${path} cannot be read: ${message}`, 'Check what the path points to and its permissions.', error)
}

/** A text file, UTF-8. Throws CliError naming the path. */
export const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Throws CliError when `path` is no file that has content. */
export const requireFile = async (path: string): Promise<void> => {
  const facts = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  if (!facts.isFile()) throw new CliError(`${path} is not a file.`, 'Name a CSV or JSONL file.')
  if (facts.size === 0) throw new CliError(`${path} is empty.`, 'Name a file that has content.')
}

/** Streams a file to the server; its size does not matter. Throws CliError, ApiError. */
export const uploadFile = async (
  client: ForgeClient,
  path: string,
  purpose: FileObject['purpose'],
): Promise<FileObject> => {
  await requireFile(path)
  const query = { purpose, filename: basename(path) }
  // no limit on the time: a large file over a slow line is no error
  return await client.call(routes.putFile, { query, body: createReadStream(path) }, { timeoutMs: 0 })
}

/** A JSON file. Throws CliError naming the path. */
export const readJson = async (path: string): Promise<unknown> => {
  const text = await readText(path)
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new CliError(`${path} is not JSON: ${(error as Error).message}`, 'Correct the file.', error)
  }
}
