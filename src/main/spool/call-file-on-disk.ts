import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AttemptNote, ReadCallFile } from '../../callfile/index.ts'
import { readCallFile } from '../../callfile/index.ts'

/** Who writes such files by hand writes a few lines. */
const largestBytes = 1024 * 1024

export type EndStatus = NonNullable<ReadCallFile['status']>

/** A line about an attempt. `at`: seconds since 1970. */
export interface NewNote {
  readonly kind: AttemptNote['kind']
  readonly attempt: number
  readonly at: number
}

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
   * Appends lines about attempts in one step, and sets the time from which the file is looked at again: `retryTime` after the one in the
   * last line. False: the file is gone
   */
  async note(notes: readonly [NewNote, ...NewNote[]], retryTime: number): Promise<boolean> {
    try {
      const file = await open(this.path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW)
      try {
        const lines = notes.map(({ kind, attempt, at }) => `\n${kind}: ${process.pid} ${attempt} (${at})\n`)
        await file.writeFile(lines.join(''))
        const { at } = notes.at(-1) ?? notes[0]
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
  async remove(status: EndStatus, archive: boolean): Promise<void> {
    if (!archive) return await rm(this.path, { force: true })
    const folder = closingDir(this.#doneDir, status)
    try {
      await mkdir(folder, { recursive: true })
      await rename(this.path, join(folder, this.name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && (await this.seen()) === undefined) return
      await rm(this.path, { force: true })
      throw error
    }
    await close(this.#doneDir, status, this.name)
  }
}

/**
 * Where a file is on its way to the archive: the place tells its status until that is written, so that a service that is killed in between
 * finds it at its next start. Hidden, as it is empty at other times.
 */
const closingDir = (doneDir: string, status: EndStatus): string => join(doneDir, `.${status}`)

async function close(doneDir: string, status: EndStatus, name: string): Promise<void> {
  const path = join(closingDir(doneDir, status), name)
  const line = `Status: ${status}`
  const file = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW)
  try {
    const text = await file.readFile('utf8')
    if (text.trimEnd().split('\n').at(-1) !== line) await file.writeFile(`${/[^\n]$/.test(text) ? '\n' : ''}${line}\n`)
  } finally {
    await file.close()
  }
  // A rename takes the place of an earlier file of that name.
  await rename(path, join(doneDir, name))
}

/** Archives what a killed service left on its way. @returns the names of these files, and why one is not archived: it stays for the next start */
export async function closeLeft(
  doneDir: string,
): Promise<readonly { readonly name: string; readonly fault?: unknown }[]> {
  const closed: { readonly name: string; readonly fault?: unknown }[] = []
  for (const status of ['Completed', 'Expired', 'Failed'] as const) {
    const names = await readdir(closingDir(doneDir, status)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    for (const name of names) {
      try {
        await close(doneDir, status, name)
        closed.push({ name })
      } catch (fault) {
        closed.push({ name, fault })
      }
    }
  }
  return closed
}

export const doneDirOf = (spoolDir: string): string => join(dirname(spoolDir), 'outgoing_done')
