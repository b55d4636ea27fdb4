import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scope } from '../../base/scope.ts'
import { StartRefused } from '../../base/start-refused.ts'
import { folderRefusal } from './data-folder.ts'

interface Holder {
  readonly pid: number
  /** Start of the process in ticks since boot, so that a pid used again is not taken for the holder. Absent off Linux. */
  readonly started: string | undefined
  readonly nonce: string
}

/** Another live process has the data folder. */
export class FolderInUse extends StartRefused {
  override readonly name = 'FolderInUse'
  readonly pid: number
  constructor(folder: string, pid: number) {
    super(
      `The data folder ${folder} is in use by process ${pid}. Stop that one, or set OFFHOOK_DATA to another folder for this one.`,
    )
    this.pid = pid
  }
}

/**
 * Takes the data folder for this process until the scope closes. The lock of a process that was killed is taken over.
 * @throws FolderInUse
 */
export function lockFolder(folder: string, scope: Scope): void {
  const path = join(folder, 'lock')
  const mine: Holder = { pid: process.pid, started: startOf(process.pid), nonce: randomUUID() }
  const draft = join(folder, `lock.${mine.nonce}`)
  try {
    writeFileSync(draft, JSON.stringify(mine), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw folderRefusal(folder, error)
  }
  try {
    // Twice: a stale lock is moved aside, then link() decides again between those who saw it.
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(draft, path)
        break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 5) throw error
        const holder = readHolder(path)
        if (holder !== undefined && alive(holder)) throw new FolderInUse(folder, holder.pid)
        moveAside(path, holder, folder)
      }
    }
  } finally {
    rmSync(draft, { force: true })
  }
  scope.add('data folder lock', () => {
    if (readHolder(path)?.nonce === mine.nonce) rmSync(path, { force: true })
  })
}

/** Says early what `lockFolder` would: nothing is changed. @throws FolderInUse */
export function refuseHeld(folder: string): void {
  const pid = folderHolder(folder)
  if (pid !== undefined) throw new FolderInUse(folder, pid)
}

/** The live process that has the folder, for those who only want to look. */
export function folderHolder(folder: string): number | undefined {
  const holder = readHolder(join(folder, 'lock'))
  return holder !== undefined && alive(holder) ? holder.pid : undefined
}

function moveAside(path: string, stale: Holder | undefined, folder: string): void {
  const aside = `${path}.stale.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return // another process was quicker
    throw error
  }
  const moved = readHolder(aside)
  if (moved !== undefined && moved.nonce !== stale?.nonce && alive(moved)) {
    // Between our look and our rename another process took the stale lock over: give it back its own.
    linkSync(aside, path)
    rmSync(aside)
    throw new FolderInUse(folder, moved.pid)
  }
  rmSync(aside)
}

function readHolder(path: string): Holder | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>
    return Number.isInteger(value.pid) && typeof value.nonce === 'string'
      ? { pid: value.pid!, started: value.started, nonce: value.nonce }
      : undefined
  } catch {
    return undefined // gone, or cut short by a full disk: nobody who lives wrote that, since link() shows whole files only
  }
}

function alive(holder: Holder): boolean {
  if (!processLives(holder.pid)) return false
  return holder.started === undefined || holder.started === startOf(holder.pid)
}

export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // proc(5): field 22, counted after the command name, which may itself hold spaces and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined // no /proc here
  }
}
