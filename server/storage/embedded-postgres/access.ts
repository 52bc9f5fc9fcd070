import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** How to reach the embedded PostgreSQL: kept beside its data, readable by its owner only. */
export interface Access {
  port: number
  password: string
}

const fileOf = (dataDir: string) => join(dataDir, 'postgres-access.json')

/** The stored access, or undefined in a fresh data folder. */
export function readAccess(dataDir: string): Access | undefined {
  let text: string
  try {
    text = readFileSync(fileOf(dataDir), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const { port, password } = JSON.parse(text) as Partial<Access>
  if (typeof port === 'number' && typeof password === 'string') return { port, password }
  throw new Error(
    `${fileOf(dataDir)} does not hold a port and a password. Restore it from a backup of the data folder.`,
  )
}

/** Stores the access, whole or not at all. */
export function writeAccess(dataDir: string, access: Access): void {
  const partial = `${fileOf(dataDir)}.partial`
  writeFileSync(partial, JSON.stringify(access), { mode: 0o600 })
  renameSync(partial, fileOf(dataDir))
}

/** A new password (192 random bits) and a port that is free now. */
export async function newAccess(): Promise<Access> {
  return { port: await freePort(), password: randomBytes(24).toString('base64url') }
}

/** A port on the loopback address that nobody listens on; `wanted` when that one is free. */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (wanted !== 0 && error.code === 'EADDRINUSE') resolve(freePort())
      else reject(error)
    })
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port)
        else reject(new Error('The operating system gave no port.'))
      })
    })
  })
}

/** The address of a database of the embedded PostgreSQL. */
export const urlOf = ({ port, password }: Access, database = 'forge') =>
  `postgresql://forge:${password}@127.0.0.1:${port}/${database}`
