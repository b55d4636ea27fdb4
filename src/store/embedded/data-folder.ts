import { createHash } from 'node:crypto'
import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

const systemFolder = '/var/lib/offhook'

/**
 * `data/` in the project folder where the database's user can reach it. PostgreSQL refuses to run as root, so for root
 * that is a user of its own, and a checkout under /root (mode 0700) is closed to it.
 */
export function chooseDataFolder(projectFolder: string): string {
  if (process.getuid?.() === 0) return openToAll(projectFolder) ? join(projectFolder, 'data') : systemFolder
  return writable(projectFolder) ? join(projectFolder, 'data') : join(homedir(), '.local', 'share', 'offhook')
}

/** Whether every folder on the way lets any user pass. */
export function openToAll(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    const mode = statSync(at, { throwIfNoEntry: false })?.mode
    if (mode !== undefined && (mode & 0o001) === 0) return false
    if (dirname(at) === at) return true
  }
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false // the answer itself, not a fault
  }
}

/** Made if absent. Others may pass through it (the database's user must) but not list it; secrets in it are 0600. */
export function makeDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  accessSync(folder, constants.W_OK | constants.X_OK)
}

export interface DatabasePlace {
  /** Where the cluster is; its parent may be entered by the database's user. */
  readonly cluster: string
  /** Where a copy of the binaries goes if one is needed. */
  readonly binaries: string
}

/**
 * Where a data folder's database is: in it, unless the service is root and the folder lies where the database's user
 * cannot go, as under /root. Then the cluster alone is under /var/lib/offhook, named by the data folder's path.
 */
export function databasePlace(dataFolder: string, asOther: boolean): DatabasePlace {
  // The folder itself is ours to open; those above it are not.
  if (asOther) chmodSync(dataFolder, (statSync(dataFolder).mode & 0o777) | 0o001)
  if (!asOther || openToAll(dataFolder)) return { cluster: join(dataFolder, 'postgres'), binaries: dataFolder }
  const name = createHash('sha256').update(dataFolder).digest('hex').slice(0, 16)
  const databases = join(systemFolder, 'databases')
  mkdirSync(databases, { recursive: true, mode: 0o711 })
  return { cluster: join(databases, name), binaries: systemFolder }
}
