import type { Address } from '../../phone/address.ts'
import type { Replaces } from '../../sip/refer/replaces.ts'
import type { Leg } from './leg.ts'

/** Two parties that hear each other, as transfers of others see them. */
export interface Talk {
  readonly caller: Leg
  callee(): { readonly leg: Leg; readonly target: Address }
  /** Its callee goes to another talk: this one is over, and nobody is hung up for it. */
  give(): { readonly leg: Leg; readonly target: Address }
  /** Its caller goes to another talk: this one and the caller's call are over, and the callee is hung up. @param sentence why */
  giveCaller(sentence: string): { readonly leg: Leg; readonly target: Address }
  /** Another party takes the place of its callee, who is hung up. */
  swap(leg: Leg, target: Address): void
}

/** All talks of the engine, found by the dialogs of their parties. */
export class Talks {
  readonly #talks = new Set<Talk>()

  get size(): number {
    return this.#talks.size
  }

  /** @returns a function that takes it out */
  enter(talk: Talk): () => void {
    this.#talks.add(talk)
    return () => void this.#talks.delete(talk)
  }

  /** Whose dialog that is, as its far end writes it (RFC 3891 §3): `toTag` is ours. */
  find(replaces: Replaces): { readonly talk: Talk; readonly side: 'caller' | 'callee' } | undefined {
    for (const talk of this.#talks) {
      if (isMeant(talk.caller, replaces)) return { talk, side: 'caller' }
      if (isMeant(talk.callee().leg, replaces)) return { talk, side: 'callee' }
    }
    return undefined
  }
}

function isMeant({ session }: Leg, { callId, toTag, fromTag }: Replaces): boolean {
  const { dialog } = session
  return session.callId === callId && dialog?.localTag === toTag && dialog.remoteTag === fromTag
}
