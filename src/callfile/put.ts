import { mkdtemp, open, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  CallFileError,
  FileExistsError,
  NoSpoolPermissionError,
  NoUserPermissionError,
  ValidationError,
} from './errors.ts'

export interface Putting {
  readonly contents: string
  readonly spoolDir: string
  readonly filename: string
  readonly mode: number
  readonly due: Date | undefined
  readonly owner: { readonly user: string; readonly uid: number; readonly gid: number } | undefined
  readonly tempDir: string | undefined
}

/**
 * A rename within one file system is a single step for the watcher: neither half a file nor one whose time is not set yet is seen.
 * The system's folder for temporary files is mostly on another one, where a move is a copy; so it is not used.
 */
export async function put(putting: Putting): Promise<void> {
  const { spoolDir, filename, owner, mode, due, contents } = putting
  const target = join(spoolDir, filename)
  const folder = await prepare(putting)
  const draft = join(folder, filename)
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(contents)
      if (owner !== undefined) {
        await file.chown(owner.uid, owner.gid).catch((error: unknown) => {
          throw new NoUserPermissionError(owner.user, error)
        })
      }
      await file.chmod(mode)
      if (due !== undefined) await file.utimes(due, due)
      await file.sync()
    } finally {
      await file.close()
    }
    if (await exists(target)) throw new FileExistsError(target)
    await rename(draft, target)
  } catch (error) {
    // A full disk, one that is only read, a quota.
    throw error instanceof CallFileError ? error : new NoSpoolPermissionError(spoolDir, error)
  } finally {
    await rm(draft, { force: true })
    await rmdir(folder)
  }
}

/** A new folder on the file system of the spool, where nobody looks for calls. */
async function prepare({ spoolDir, tempDir }: Putting): Promise<string> {
  const { dev } = await stat(spoolDir)
  if (tempDir !== undefined) {
    if ((await stat(tempDir)).dev !== dev)
      throw new ValidationError(
        'tempDir',
        `${tempDir} is on another file system than ${spoolDir}; the file would be copied, and could be run early.`,
      )
    return await folderIn(tempDir).catch((error: unknown) => {
      throw new NoSpoolPermissionError(tempDir, error)
    })
  }
  // Asterisk has `tmp` beside `outgoing`. In the spool itself folders are passed over.
  let refusal: unknown
  for (const place of [join(dirname(spoolDir), 'tmp'), dirname(spoolDir), spoolDir]) {
    try {
      if ((await stat(place)).dev === dev) return await folderIn(place)
    } catch (error) {
      refusal = error
    }
  }
  throw new NoSpoolPermissionError(spoolDir, refusal)
}

const folderIn = (place: string): Promise<string> => mkdtemp(join(place, '.offhook-'))

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw new NoSpoolPermissionError(path, error)
  }
}
