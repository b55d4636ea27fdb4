/** What the service answered to one request. A refusal is a result too: `status()` says why. */
export class IvrResult {
  readonly #fields: Readonly<Record<string, unknown>>
  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields
  }

  /** `success_ok`, or an error such as `error_session_ended`. */
  status(): string {
    return this.#text('status') ?? ''
  }

  /** The call; answered to `dial`. */
  get session(): string | undefined {
    return this.#text('session')
  }

  /** The call in the history; answered to `dial`. */
  get txnRef(): string | undefined {
    return this.#text('txn_ref')
  }

  /** The conference room; answered to a `transfer` into one. */
  get room(): string | undefined {
    return this.#text('room')
  }

  isSuccess(): boolean {
    return this.status() === 'success_ok'
  }

  #text(name: string): string | undefined {
    const value = this.#fields[name]
    return typeof value === 'string' ? value : undefined
  }
}

/** The request came to no answer of the block API: no connection, no time, or not the service. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
}
