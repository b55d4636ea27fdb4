import type { Address } from '../../phone/address.ts'
import type { Replaces } from '../../sip/refer/replaces.ts'
import type { Session } from '../../sip/user-agent/session.ts'
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

/** Somebody who is rung. */
export interface Ringing {
  readonly leg: Leg
  /** Another one picks up in its stead. @returns false where somebody has picked up already, or nobody waits any more */
  pick(leg: Leg, address: Address): boolean
}

export type TalkPlace =
  | { readonly kind: 'ringing'; readonly leg: Leg; readonly ringing: Ringing }
  | { readonly kind: 'talk'; readonly leg: Leg; readonly talk: Talk; readonly side: 'caller' | 'callee' }

/** All talks of the engine, and who is rung, found by the dialogs of their parties. */
export class Talks {
  readonly #talks = new Set<Talk>()
  readonly #ringing = new Set<Ringing>()

  get size(): number {
    return this.#talks.size + this.#ringing.size
  }

  /** @returns a function that takes it out */
  enter(talk: Talk): () => void {
    this.#talks.add(talk)
    return () => void this.#talks.delete(talk)
  }

  /** @returns a function that takes it out */
  rings(ringing: Ringing): () => void {
    this.#ringing.add(ringing)
    return () => void this.#ringing.delete(ringing)
  }

  /** The talk that a dial of this caller has come to. */
  ofCaller(caller: Leg): Talk | undefined {
    for (const talk of this.#talks) if (talk.caller === caller) return talk
    return undefined
  }

  /** Whose dialog that is, as its far end writes it (RFC 3891 §3): `toTag` is ours. */
  find(replaces: Replaces): { readonly talk: Talk; readonly side: 'caller' | 'callee' } | undefined {
    for (const talk of this.#talks) {
      if (isMeant(talk.caller, replaces)) return { talk, side: 'caller' }
      if (isMeant(talk.callee().leg, replaces)) return { talk, side: 'callee' }
    }
    return undefined
  }

  /** Where the session of a party stands. */
  placeOf(session: Session): TalkPlace | undefined {
    for (const talk of this.#talks) {
      if (talk.caller.session === session) return { kind: 'talk', leg: talk.caller, talk, side: 'caller' }
      const { leg } = talk.callee()
      if (leg.session === session) return { kind: 'talk', leg, talk, side: 'callee' }
    }
    for (const ringing of this.#ringing)
      if (ringing.leg.session === session) return { kind: 'ringing', leg: ringing.leg, ringing }
    return undefined
  }
}

function isMeant({ session }: Leg, { callId, toTag, fromTag }: Replaces): boolean {
  const { dialog } = session
  return session.callId === callId && dialog?.localTag === toTag && dialog.remoteTag === fromTag
}
