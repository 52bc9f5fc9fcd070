import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newKey } from './http/api-key'

export interface InstallationKeys {
  admin: string
  worker: string
  created: boolean
}

/** The keys of this installation: from the settings, else from `keys.json` (mode 0600) in the data folder, else new. */
export const installationKeys = (
  dataDir: string,
  given: { adminKey: string | undefined; workerKey: string | undefined },
): InstallationKeys => {
  const path = join(dataDir, 'keys.json')
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { admin: string; worker: string }) : null
  const keys = {
    admin: given.adminKey ?? known?.admin ?? newKey(),
    worker: given.workerKey ?? known?.worker ?? newKey(),
  }
  if (!known && (given.adminKey === undefined || given.workerKey === undefined)) {
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(path, JSON.stringify(keys), { mode: 0o600 })
  }
  return { ...keys, created: !known }
}
