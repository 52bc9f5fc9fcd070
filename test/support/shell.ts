import { buildProgram } from '../../server/cli/program'

export interface ShellAnswer {
  out: string
  err: string
  exitCode: number
}

/** Runs a `forge` command in this process, as a shell without a terminal would. Leaves this process' own exit code alone. */
export const runForge = async (
  { url, apiKey }: { url: string; apiKey: string | null },
  args: readonly string[],
): Promise<ShellAnswer> => {
  let [out, err] = ['', '']
  const program = buildProgram({
    serverUrl: url,
    apiKey,
    isTerminal: false,
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  })
  try {
    await program.parseAsync(['node', 'forge', ...args])
    return { out, err, exitCode: Number(process.exitCode ?? 0) }
  } finally {
    process.exitCode = undefined
  }
}
