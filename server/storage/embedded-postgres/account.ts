import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The user `nobody`: PostgreSQL refuses to run as root, and this one exists everywhere. */
const nobody = 65534

/** How to start a PostgreSQL program: as whom, and behind which launcher. */
export interface Account {
  /** Who must own the data folder; undefined: whoever runs Forge. */
  owner: { uid: number; gid: number } | undefined
  /** Turns a program and its arguments into what is spawned. */
  launch: (program: string, args: string[]) => { program: string; args: string[]; uid?: number; gid?: number }
}

/**
 * Chooses the account PostgreSQL runs under. As an ordinary user: that user. As root: `nobody`, which must be able to
 * reach the given paths; where a folder above them is private (root's home, often), the one right to pass through is
 * handed over by `setpriv`. Throws with a remedy when that program is missing.
 */
export function chooseAccount(paths: string[]): Account {
  if (process.getuid?.() !== 0) return { owner: undefined, launch: (program, args) => ({ program, args }) }
  const owner = { uid: nobody, gid: nobody }
  const barrier = paths.map((path) => closedFolderAbove(path)).find((folder) => folder !== undefined)
  if (barrier === undefined) return { owner, launch: (program, args) => ({ program, args, ...owner }) }
  if (spawnSync('setpriv', [...passThrough, 'true']).status !== 0) {
    throw new Error(
      `PostgreSQL cannot run as root, and the user nobody may not pass through ${barrier}. ` +
        `Run Forge as an ordinary user, or allow passing through: chmod o+x ${barrier}`,
    )
  }
  return { owner, launch: (program, args) => ({ program: 'setpriv', args: [...passThrough, program, ...args] }) }
}

const passThrough = [
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--inh-caps=-all,+dac_override',
  '--bounding-set=-all,+dac_override',
  '--ambient-caps=-all,+dac_override',
]

/** The folder nearest to the root that others may not pass through, on the way to `path`. */
function closedFolderAbove(path: string): string | undefined {
  const folder = dirname(path)
  if (folder === path) return undefined
  const above = closedFolderAbove(folder)
  if (above !== undefined) return above
  return (statSync(folder).mode & 0o001) === 0 ? folder : undefined
}
