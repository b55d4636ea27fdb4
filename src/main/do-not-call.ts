import { Turns } from '../base/turns.ts'
import { type Address, addressKey } from '../phone/address.ts'
import { numbersOfUri } from '../phone/uri-numbers.ts'
import { allDoNotCall, type DoNotCallRow, deleteDoNotCall, putDoNotCall } from '../store/dialer-rules.ts'
import type { Db } from '../store/store.ts'

/** The do-not-call list, held in memory: every call that goes out is looked up in it, and it changes through the API of this process. */
export class DoNotCall {
  readonly #db: Db
  readonly #reasons: Map<string, string | null>
  readonly #turns = new Turns()

  private constructor(db: Db, reasons: Map<string, string | null>) {
    this.#db = db
    this.#reasons = reasons
  }

  static async load(db: Db): Promise<DoNotCall> {
    return new DoNotCall(db, new Map((await allDoNotCall(db)).map(({ prefix, reason }) => [prefix, reason])))
  }

  /** Why nobody may be called there, however its number is written. */
  forbids(to: Address): string | undefined {
    const numbers = to.kind === 'number' ? [to.e164] : to.kind === 'uri' ? numbersOfUri(to.uri).numbers : []
    for (const number of numbers) {
      for (let length = 2; length <= number.length; length++) {
        const prefix = number.slice(0, length)
        const reason = this.#reasons.get(prefix)
        if (reason === undefined) continue
        return `${addressKey(to)} must not be called: the do-not-call list names ${prefix}${reason === null ? '' : ` (${reason})`}`
      }
    }
    return undefined
  }

  /** One that stands there gets the new reason. */
  put(row: DoNotCallRow): Promise<DoNotCallRow> {
    return this.#inTurn(async () => {
      const put = await putDoNotCall(this.#db, row)
      this.#reasons.set(put.prefix, put.reason)
      return put
    })
  }

  /** Whether it stood there. */
  delete(prefix: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const gone = await deleteDoNotCall(this.#db, prefix)
      this.#reasons.delete(prefix)
      return gone
    })
  }

  /** What is in memory follows the store in the same order. */
  #inTurn<T>(write: () => Promise<T>): Promise<T> {
    return this.#turns.take('list', write)
  }
}
