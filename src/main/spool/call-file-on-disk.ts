import { constants } from 'node:fs'
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AttemptNote, ReadCallFile } from '../../callfile/index.ts'
import { readCallFile } from '../../callfile/index.ts'

/** Who writes such files by hand writes a few lines. */
const largestBytes = 1024 * 1024

export interface FileSeen {
  readonly ino: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** One file of the spool, as pbx_spool.c reads it, writes to it and takes it away. Links are not followed: notes would be written through them. */
export class CallFileOnDisk {
  readonly name: string
  readonly path: string
  readonly #doneDir: string

  constructor(spoolDir: string, doneDir: string, name: string) {
    this.name = name
    this.path = join(spoolDir, name)
    this.#doneDir = doneDir
  }

  /** `undefined`: there is no regular file of that name. */
  async seen(): Promise<FileSeen | undefined> {
    try {
      const stats = await lstat(this.path, { bigint: true })
      return stats.isFile() ? stats : undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** `undefined`: it is gone. @throws Error where it cannot be read */
  async read(): Promise<ReadCallFile | undefined> {
    try {
      const file = await open(this.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        const { size } = await file.stat()
        if (size > largestBytes) throw new Error(`it has ${size} bytes, and ${largestBytes} are read`)
        return readCallFile(await file.readFile())
      } finally {
        await file.close()
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /**
   * Appends a line about an attempt, and sets the time from which the file is looked at again: `retryTime` after the one in the line.
   * @param at seconds since 1970. False: the file is gone
   */
  async note(kind: AttemptNote['kind'], retry: number, at: number, retryTime: number): Promise<boolean> {
    try {
      const file = await open(this.path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW)
      try {
        await file.writeFile(`\n${kind}: ${process.pid} ${retry} (${at})\n`)
        await file.utimes(at, at + retryTime)
      } finally {
        await file.close()
      }
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
  }

  /** Its end: kept in the archive with its status, or deleted. */
  async remove(status: 'Completed' | 'Expired' | 'Failed', archive: boolean): Promise<void> {
    if (!archive) return await rm(this.path, { force: true })
    const kept = join(this.#doneDir, this.name)
    try {
      await mkdir(this.#doneDir, { recursive: true })
      // A rename takes the place of an earlier file of that name.
      await rename(this.path, kept)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && (await this.seen()) === undefined) return
      await rm(this.path, { force: true })
      throw error
    }
    const file = await open(kept, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW)
    try {
      await file.writeFile(`Status: ${status}\n`)
    } finally {
      await file.close()
    }
  }
}

export const doneDirOf = (spoolDir: string): string => join(dirname(spoolDir), 'outgoing_done')
