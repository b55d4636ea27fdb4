import type { Clock, Timer } from '../../base/clock.ts'
import { deferred } from '../../base/deferred.ts'
import type { Call } from '../../phone/call.ts'
import type { ListenEnd, ListenEvent, Listening, SoundPiece } from '../../phone/listen.ts'
import { type Heard, nothing, withEvent } from './heard.ts'

export interface EarOptions {
  readonly clock: Clock
  /** Ends an utterance: shorter ones are known sooner, longer ones are understood better. */
  readonly pauseMs: number
  /** Ends it in any case; 25000 unless given. */
  readonly longestMs?: number
  readonly hints?: readonly string[]
  /** What is understood in place of an utterance. */
  readonly prepare?: (utterance: Int16Array) => Promise<Int16Array>
  /** Pieces of sound are told, too. */
  readonly sound?: true
}

export interface HearOptions<T> {
  /** Listened no longer than this. */
  readonly mostMs: number
  /** Asked after all that is heard, and every five seconds; anything but `undefined` ends the hearing. */
  readonly decide: (heard: Heard) => T | undefined
  /** Asked with each piece of sound, likewise; what was said until then is still understood. */
  readonly decideBySound?: (piece: SoundPiece) => T | undefined
  /** Whether sound has told all, and words that are still to come are not waited for. */
  readonly wordless?: () => boolean
}

export interface HeardOut<T> {
  readonly heard: Heard
  /** `undefined`: the call ended, or it took too long, and there was nothing to decide. */
  readonly decided: T | undefined
  /** By the clock. */
  readonly beganAt: number
  readonly ms: number
}

const askMs = 5000
const silences = [1200, 1600, 2000, 2500, 3000, 8000, 15_000] as const

/**
 * Listens to the other side of a call. One hearing goes on where the one before was over, so that nothing is lost of what is said while
 * words of the one before are still to come.
 */
export class Ear {
  readonly #clock: Clock
  readonly #begun: number
  #listening: Listening | undefined
  #ended: ListenEnd | undefined
  /** What is said between two hearings. */
  readonly #between: (ListenEvent | SoundPiece)[] = []
  #take: ((told: ListenEvent | SoundPiece) => void) | undefined
  /** When the hearing began, since the listening did. */
  #fromMs = 0

  private constructor(clock: Clock) {
    this.#clock = clock
    this.#begun = clock.now()
  }

  static async open(call: Call, { clock, pauseMs, longestMs, hints, prepare, sound }: EarOptions): Promise<Ear> {
    const ear = new Ear(clock)
    const told = (one: ListenEvent | SoundPiece): void => {
      if (ear.#take === undefined) ear.#between.push(one)
      else ear.#take(one)
    }
    ear.#listening = await call.listen({
      onEvent: told,
      pauseMs,
      silenceMs: silences,
      ...(sound === true ? { onSound: told } : {}),
      ...(longestMs === undefined ? {} : { longestMs }),
      ...(prepare === undefined ? {} : { prepare }),
      ...(hints === undefined || hints.length === 0 ? {} : { hints }),
    })
    void ear.#listening.done.then((end) => {
      ear.#ended = end
    })
    return ear
  }

  /** Nothing more is to be heard. */
  close(): void {
    this.#take = () => {}
    this.#listening?.stop('forget')
  }

  /** Until something is clear. What that was heard of is behind it; a hearing that ended by sound, or by its length, was the last one. */
  async hear<T>({ mostMs, decide, decideBySound, wordless }: HearOptions<T>): Promise<HeardOut<T>> {
    const clock = this.#clock
    const from = this.#fromMs
    let heard = nothing
    let decided: T | undefined
    let [bySound, over] = [false, false]
    let fault: unknown
    const clear = deferred<void>()
    const guarded = (act: () => void): void => {
      try {
        act()
      } catch (error) {
        fault = error
      }
      if (decided !== undefined || fault !== undefined) clear.resolve()
    }
    const ask = (): void =>
      guarded(() => {
        decided = decide(heard)
      })
    const take = (told: ListenEvent | SoundPiece): void => {
      if (fault !== undefined) return
      if ('bands' in told) {
        if (over || bySound || decided !== undefined) return
        guarded(() => {
          decided = decideBySound?.({ ...told, fromMs: told.fromMs - from })
        })
        bySound = decided !== undefined
        return
      }
      const event = since(told, from)
      if (event === undefined) return
      heard = withEvent(heard, event)
      if (over || bySound) return
      ask()
      // What is said from here on belongs to the next hearing.
      if (decided === undefined) return
      this.#fromMs = told.kind === 'silence' ? told.fromMs + told.ms : (this.#listening?.heardMs ?? 0)
      this.#take = undefined
    }
    let again: Timer | undefined
    const askAgain = (): void => {
      again = clock.after(askMs, () => {
        askAgain()
        if (decided === undefined && fault === undefined && !over) ask()
      })
    }
    askAgain()
    const limit = clock.after(mostMs, () => clear.resolve())
    void this.#listening?.done.then(() => clear.resolve())
    this.#take = take
    for (const told of this.#between.splice(0)) {
      if (this.#take === take) take(told)
      else this.#between.push(told)
    }
    await clear.promise
    limit.stop()
    again?.stop()
    const goesOn = decided !== undefined && !bySound && fault === undefined && this.#ended === undefined
    if (!goesOn) {
      // What was said until now is still understood.
      over = decided === undefined && this.#ended === undefined
      const forgets = bySound && wordless?.() === true
      this.#listening?.stop(forgets ? 'forget' : undefined)
      const end = forgets ? undefined : await this.#listening?.done
      if (end === 'hangup' && decided === undefined && fault === undefined) {
        heard = { ...heard, hungUp: true }
        decided = decide(heard)
      }
    }
    if (fault !== undefined) throw fault
    const beganAt = this.#begun + from
    return { heard, decided, beganAt, ms: clock.now() - beganAt }
  }
}

/** With its times since then; `undefined` where it was before. */
function since(event: ListenEvent, ms: number): ListenEvent | undefined {
  if (ms === 0) return event
  switch (event.kind) {
    case 'transcript': {
      if (event.fromMs < ms) return undefined
      const words = event.words.map((word) => ({ ...word, fromMs: word.fromMs - ms, toMs: word.toMs - ms }))
      return { ...event, words, fromMs: event.fromMs - ms, toMs: event.toMs - ms }
    }
    case 'untranscribed':
      return event.fromMs < ms ? undefined : { ...event, fromMs: event.fromMs - ms, toMs: event.toMs - ms }
    case 'speech':
    case 'tone':
      return event.fromMs < ms ? undefined : { ...event, fromMs: event.fromMs - ms }
    case 'silence':
    case 'music':
      return { ...event, fromMs: event.fromMs - ms }
    case 'answered':
    case 'recording':
      return event
  }
}
