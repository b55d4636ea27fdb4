import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Direction, LocalMedia, NegotiatedMedia } from '../sdp/media.ts'
import { glareWait } from './glare.ts'

export type ReofferEnd =
  | { readonly kind: 'agreed'; readonly media: NegotiatedMedia }
  /** Both sides offered at once: 491, or an offer of theirs is under way. */
  | { readonly kind: 'glare' }
  | { readonly kind: 'refused'; readonly sentence: string }

export interface ReofferHooks {
  readonly clock: Clock
  /** Whether an INVITE may be sent in the dialog now. */
  ready(): boolean
  ownsCallId(): boolean
  send(media: LocalMedia, direction: Direction, done: (end: ReofferEnd) => void): void
}

interface Wish {
  readonly media: LocalMedia
  readonly direction: Direction
  readonly outcome: Deferred<NegotiatedMedia>
  tries: number
}

const maxTries = 6

/** Our re-INVITEs of one session, one after the other, each tried again after glare (RFC 3261 §14.1). */
export class Reoffers {
  readonly #hooks: ReofferHooks
  readonly #wishes: Wish[] = []
  #sent: Wish | undefined
  #wait: Timer | undefined

  constructor(hooks: ReofferHooks) {
    this.#hooks = hooks
  }

  /** Whether an INVITE of ours is not answered yet. */
  get busy(): boolean {
    return this.#sent !== undefined
  }

  ask(media: LocalMedia, direction: Direction): Promise<NegotiatedMedia> {
    const wish: Wish = { media, direction, outcome: deferred(), tries: 0 }
    this.#wishes.push(wish)
    this.poke()
    return wish.outcome.promise
  }

  /** Something that stood in the way may be over. */
  poke(): void {
    const wish = this.#wishes[0]
    if (wish === undefined || this.busy || this.#wait !== undefined || !this.#hooks.ready()) return
    this.#sent = wish
    wish.tries += 1
    this.#hooks.send(wish.media, wish.direction, (end) => {
      // The end of the call has settled it.
      if (this.#sent !== wish) return
      this.#sent = undefined
      if (end.kind === 'glare' && wish.tries < maxTries) return this.#later()
      this.#wishes.shift()
      if (end.kind === 'agreed') wish.outcome.resolve(end.media)
      else wish.outcome.reject(new Error(end.kind === 'glare' ? 'Both sides kept offering at once.' : end.sentence))
      this.poke()
    })
  }

  close(): void {
    this.#wait?.stop()
    this.#wait = undefined
    this.#sent = undefined
    for (const wish of this.#wishes.splice(0))
      wish.outcome.reject(new Error('The session ended before its offer was answered.'))
  }

  #later(): void {
    const ms = glareWait(this.#hooks.ownsCallId(), Math.random)
    this.#wait = this.#hooks.clock.after(ms, () => {
      this.#wait = undefined
      this.poke()
    })
  }
}
