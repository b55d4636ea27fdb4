import type { Flow } from '../message/message.ts'

/** One contact under which an address of record can be reached. */
export interface Binding {
  /** As the phone wrote it: the Request-URI of what is sent there. Compared by §19.1.4 when it comes again. */
  readonly contact: string
  /** Where the REGISTER came from. What is sent there goes this way: the contact as written is often behind a NAT. */
  readonly flow: Flow
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly callId: string
  readonly cseq: number
  /** 0 to 1; 1 where the phone said nothing. */
  readonly q: number
  readonly userAgent?: string
  // Places of the next issue: `+sip.instance` and `reg-id` (RFC 5626), Path (RFC 3327), public GRUU (RFC 5627).
}

/**
 * Where bindings live; in memory, or kept over a restart. A change of one address of record is made as a whole.
 */
export interface BindingStore {
  /** Those that were put last, ended ones included. */
  get(aor: string): readonly Binding[] | Promise<readonly Binding[]>
  /** Replaces all bindings; none removes the address. */
  put(aor: string, bindings: readonly Binding[]): void | Promise<void>
  aors(): readonly string[] | Promise<readonly string[]>
}

export class MemoryBindingStore implements BindingStore {
  readonly #bindings = new Map<string, readonly Binding[]>()

  get(aor: string): readonly Binding[] {
    return this.#bindings.get(aor) ?? []
  }

  put(aor: string, bindings: readonly Binding[]): void {
    if (bindings.length === 0) this.#bindings.delete(aor)
    else this.#bindings.set(aor, bindings)
  }

  aors(): readonly string[] {
    return [...this.#bindings.keys()]
  }
}
