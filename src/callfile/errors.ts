/** Whatever goes wrong with call files is one of these; `code` is stable. */
export abstract class CallFileError extends Error {
  abstract readonly code: string
}

/** A value cannot stand in a call file as it is. `field` names it as the program does, e.g. `call.waitTime`. */
export class ValidationError extends CallFileError {
  override readonly name = 'ValidationError'
  readonly code = 'invalid'
  readonly field: string
  constructor(field: string, sentence: string) {
    super(`${field}: ${sentence}`)
    this.field = field
  }
}

/** The time of a call is none, or does not exist where its clock stands. */
export class InvalidTimeError extends CallFileError {
  override readonly name = 'InvalidTimeError'
  readonly code = 'invalid_time'
}

/** The user that the file is to belong to does not exist on this machine. */
export class NoUserError extends CallFileError {
  override readonly name = 'NoUserError'
  readonly code = 'no_user'
  readonly user: string
  constructor(user: string, options?: ErrorOptions) {
    super(`There is no user ${JSON.stringify(user)} on this machine.`, options)
    this.user = user
  }
}

/** This process may not give files to that user. */
export class NoUserPermissionError extends CallFileError {
  override readonly name = 'NoUserPermissionError'
  readonly code = 'no_user_permission'
  readonly user: string
  constructor(user: string, cause: unknown) {
    super(`This process may not give a file to ${user}; only root may, or ${user} itself.`, { cause })
    this.user = user
  }
}

/** The spool, or the folder in which the file is prepared, cannot be written or read. */
export class NoSpoolPermissionError extends CallFileError {
  override readonly name = 'NoSpoolPermissionError'
  readonly code = 'no_spool_permission'
  readonly path: string
  constructor(path: string, cause: unknown) {
    super(`${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.path = path
  }
}

/** A file of that name waits in the spool already. */
export class FileExistsError extends CallFileError {
  override readonly name = 'FileExistsError'
  readonly code = 'file_exists'
  readonly path: string
  constructor(path: string) {
    super(`${path} is in the spool already; it would be overwritten.`)
    this.path = path
  }
}

/** No file of that name is in the spool. */
export class NoSuchFileError extends CallFileError {
  override readonly name = 'NoSuchFileError'
  readonly code = 'no_such_file'
  readonly path: string
  constructor(path: string) {
    super(`${path} does not exist; the call is over, or was never spooled.`)
    this.path = path
  }
}

/** The call of that file is being made now; removing the file would not stop it. */
export class CallRunningError extends CallFileError {
  override readonly name = 'CallRunningError'
  readonly code = 'call_running'
  readonly path: string
  constructor(path: string) {
    super(`The call of ${path} is being made now; only the switch can end it.`)
    this.path = path
  }
}
