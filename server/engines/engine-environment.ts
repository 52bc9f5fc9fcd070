const passedOn = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const

/**
 * The environment an engine gets: an allow-list of the worker's plus what is given here. The worker's own settings hold
 * secrets, so nothing named `FORGE_*` may reach an engine.
 *
 * @throws Error naming the variable when `extra` holds one of Forge's own
 */
export const engineEnvironment = (extra: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const own = Object.keys(extra).find((name) => name.startsWith('FORGE_'))
  if (own !== undefined)
    throw new Error(`${own} must not be passed to an engine; give it as a command's parameter instead.`)
  const inherited = passedOn.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(inherited), ...extra }
}
