import type { Command } from 'commander'
import { ApiError, createClient, type ForgeClient } from '../client/client'
import { CliError } from './cli-error'

export interface Output {
  write(text: string): unknown
}

/** What the CLI is given: it reads no environment itself. */
export interface CliContext {
  /** FORGE_SERVER_URL; `--server` wins */
  serverUrl: string
  /** FORGE_API_KEY, or null; `--key` wins */
  apiKey: string | null
  out: Output
  /** progress bars on a terminal, plain lines elsewhere */
  isTerminal: boolean
  /** for errors. Default: stderr */
  err?: Output
}

/** One run of a command: a client, and a way to answer. */
export interface Session {
  client: ForgeClient
  serverUrl: string
  json: boolean
  isTerminal: boolean
  out: Output
  /** Writes text and a line end. */
  print(text: string): void
  /** Writes `value` as JSON with `--json`, else what `readable` makes of it. */
  show<T>(value: T, readable: (value: T) => string): void
}

const openSession = (context: CliContext, command: Command): Session => {
  const given = command.optsWithGlobals<{ json?: boolean; server?: string; key?: string }>()
  const apiKey = given.key ?? context.apiKey
  if (apiKey === null)
    throw new CliError('There is no API key.', 'Set FORGE_API_KEY or pass --key; `npm start` printed the first one.')
  const serverUrl = given.server ?? context.serverUrl
  const print = (text: string): void => void context.out.write(`${text}\n`)
  const json = given.json ?? false
  return {
    client: createClient({ baseUrl: serverUrl, apiKey }),
    serverUrl,
    json,
    print,
    isTerminal: context.isTerminal,
    out: context.out,
    show: (value, readable) => print(json ? JSON.stringify(value, null, 2) : readable(value)),
  }
}

/** A file that is there already, a folder that may not be written: the system's own words name the path. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'path' in error

/** Message, remedy and request id of an error that the reader can act on; null for a defect, which needs its stack. */
export const errorText = (error: unknown): string | null => {
  if (error instanceof CliError) return `${error.message}\n${error.hint}`
  if (isSystemError(error)) return error.message
  if (!(error instanceof ApiError)) return null
  return [error.message, error.hint, ...(error.requestId === null ? [] : [`request id: ${error.requestId}`])].join('\n')
}

/**
 * Wraps the work of a command: opens a session, prints an error with its remedy. Sets the exit code to 1 after an
 * error or when the work answers with 1; a defect is thrown on.
 */
export const action =
  <Args extends unknown[]>(
    context: CliContext,
    work: (session: Session, ...args: Args) => Promise<number | undefined>,
  ) =>
  async (...args: [...Args, Command]): Promise<void> => {
    const command = args[args.length - 1] as Command
    try {
      const session = openSession(context, command)
      if ((await work(session, ...(args.slice(0, -1) as unknown as Args))) === 1) process.exitCode = 1
    } catch (error) {
      const text = errorText(error)
      if (text === null) throw error
      const err = context.err ?? process.stderr
      err.write(`${text}\n`)
      process.exitCode = 1
    }
  }
