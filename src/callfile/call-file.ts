import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Action } from './action.ts'
import type { Call } from './call.ts'
import { InvalidTimeError, NoSpoolPermissionError, ValidationError } from './errors.ts'
import { put } from './put.ts'
import { ownerOf } from './user.ts'
import { instant, type When } from './when.ts'

/** Where Asterisk looks unless its `astspooldir` says otherwise. */
export const defaultSpoolDir = '/var/spool/asterisk/outgoing'

export interface CallFileOptions {
  /** Whether the file is kept in `outgoing_done` with its status; `false` is written too. */
  readonly archive?: boolean
  /** False: a file whose time was set to the future while its call was up stays in the spool. */
  readonly alwaysDelete?: boolean
  /** Name in the spool; a random one with `.call` unless given, another at each spooling. */
  readonly filename?: string
  /** Where it is prepared; must be on the file system of the spool. A fitting one is found unless given. */
  readonly tempDir?: string
  /** Whom the file is given to, e.g. `asterisk`. */
  readonly user?: string
  /** Permission bits; 0o600 with a `user`, else 0o644, as the switch runs as somebody else and could not read it. */
  readonly mode?: number
  readonly spoolDir?: string
}

/** Where a file was put, and when it is due. */
export interface Spooled {
  readonly path: string
  readonly filename: string
  readonly due: Date
}

/** A call to be made by whoever watches the spool. */
export class CallFile {
  call: Call
  action: Action
  archive: boolean | undefined
  alwaysDelete: boolean | undefined
  filename: string | undefined
  tempDir: string | undefined
  user: string | undefined
  mode: number | undefined
  spoolDir: string

  constructor(call: Call, action: Action, options: CallFileOptions = {}) {
    this.call = call
    this.action = action
    this.archive = options.archive
    this.alwaysDelete = options.alwaysDelete
    this.filename = options.filename
    this.tempDir = options.tempDir
    this.user = options.user
    this.mode = options.mode
    this.spoolDir = options.spoolDir ?? defaultSpoolDir
  }

  /** The lines of the file. @throws ValidationError that names the field */
  render(): string[] {
    // Programs in JavaScript may hand over anything.
    if (typeof this.call?.render !== 'function') throw new ValidationError('call', 'must be a Call.')
    if (typeof this.action?.render !== 'function')
      throw new ValidationError('action', 'must be an Application or a Context.')
    const lines = [...this.call.render(), ...this.action.render()]
    if (this.archive !== undefined) lines.push(`Archive: ${this.archive ? 'yes' : 'no'}`)
    if (this.alwaysDelete !== undefined) lines.push(`AlwaysDelete: ${this.alwaysDelete ? 'yes' : 'no'}`)
    return lines
  }

  /** What is written. @throws ValidationError that names the field */
  get contents(): string {
    return `${this.render().join('\n')}\n`
  }

  /**
   * Writes the file, gives it to its user, sets its time, and moves it into the spool in one step, so that the switch sees it whole.
   * Nothing is left behind where that fails.
   * @param at when the call is due, rounded up to whole seconds; at once unless given, or where it is past
   * @throws ValidationError, InvalidTimeError, NoUserError, NoUserPermissionError, NoSpoolPermissionError, FileExistsError
   */
  async spool(at?: When): Promise<Spooled> {
    const { contents, spoolDir, tempDir, user } = this
    const filename = this.filename ?? `offhook-${randomBytes(9).toString('hex')}.call`
    checkFilename(filename)
    const mode = this.mode ?? (user === undefined ? 0o644 : 0o600)
    if (!Number.isInteger(mode) || mode < 0 || mode > 0o777)
      throw new ValidationError('mode', 'must be permission bits from 0 to 0o777.')
    const due = at === undefined ? undefined : wholeSecond(instant(at))
    await checkFolder('spoolDir', spoolDir)
    if (tempDir !== undefined) await checkFolder('tempDir', tempDir)
    const owner = user === undefined ? undefined : { user, ...(await ownerOf(user)) }
    await put({ contents, spoolDir, filename, mode, due, owner, tempDir })
    return { path: join(spoolDir, filename), filename, due: due ?? new Date() }
  }
}

/** The spooler compares whole seconds, cut off: with a part of a second the call would come early by it. */
function wholeSecond(at: Date): Date {
  const rounded = new Date(Math.ceil(at.getTime() / 1000) * 1000)
  // Beyond, file systems with 32-bit times turn it into the past.
  if (rounded.getTime() < 0 || rounded.getTime() > (2 ** 31 - 1) * 1000)
    throw new InvalidTimeError(`${at.toISOString()} cannot be the time of a file; it ends in January 2038.`)
  return rounded
}

/** @throws ValidationError where it is none, or leads out of the spool */
export function checkFilename(filename: string): void {
  if (
    typeof filename !== 'string' ||
    /[/\0\n\r]/.test(filename) ||
    filename === '' ||
    filename === '.' ||
    filename === '..'
  )
    throw new ValidationError('filename', `${JSON.stringify(filename)} is no name of a file.`)
  if (Buffer.byteLength(filename) > 255) throw new ValidationError('filename', 'has more than 255 bytes.')
}

async function checkFolder(field: string, path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) return
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES') throw new NoSpoolPermissionError(path, error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    throw new ValidationError(field, `${path} does not exist.`)
  }
  throw new ValidationError(field, `${path} is no folder.`)
}
