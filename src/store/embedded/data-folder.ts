import { createHash } from 'node:crypto'
import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { StartRefused } from '../../base/start-refused.ts'

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

/**
 * Made if absent. Others may pass through it (the database's user must) but not list it; secrets in it are 0600.
 * @throws StartRefused
 */
export function makeDataFolder(folder: string): void {
  try {
    makeFolders(folder)
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw folderRefusal(folder, error)
  }
}

/** One after the other: the `recursive` of Node 20 never comes back where the system answers ENOENT, as under /proc. */
function makeFolders(folder: string): void {
  const missing: string[] = []
  for (let at = folder; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at)
  for (const path of missing) {
    try {
      mkdirSync(path, { mode: 0o711 })
    } catch (error) {
      // Another start was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** Why a data folder will not do. */
export function folderRefusal(folder: string, error: unknown): StartRefused {
  const { code } = error as NodeJS.ErrnoException
  return new StartRefused(
    `The data folder ${folder} cannot be used: ${reasonOf(code)}. Set OFFHOOK_DATA to a folder that this user may write to.`,
    { cause: error },
  )
}

function reasonOf(code: string | undefined): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write there'
    case 'EROFS':
      return 'it is on a file system that is mounted read-only'
    case 'ENOENT':
      return 'no folder can be made there'
    case 'ENOTDIR':
      return 'it is, or lies under, a file'
    case 'ENOSPC':
      return 'the disk is full'
    default:
      return `the system says ${code ?? 'nothing about why'}`
  }
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
