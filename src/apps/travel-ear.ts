import type { Clock } from '../base/clock.ts'
import { type Deferred, deferred } from '../base/deferred.ts'
import type { TravelHeard } from '../menu/travel.ts'
import { wordsOfText } from '../menu/understand/token.ts'
import type { ListenEvent, Listening } from '../phone/listen.ts'

/** A menu whose prompt a key did not cut off leaves a tail of this length. */
const tailMs = 250
/** An utterance is told with up to 300 ms from before its voice (`media/listen/endpointer`), which comes 60 ms after its key at the soonest. */
const beforeMs = 240
const ticks = 5000
/** What is told of a voice, with the 300 ms from before it; a click is shorter. */
const leastMs = 600
const nothing: Omit<TravelHeard, 'ms'> = {
  ...{ words: [], spoken: false, tones: [], untranscribed: undefined, silentMs: 0, hungUp: false },
}

/** What was heard since the last key. */
export class TravelEar {
  readonly #clock: Clock
  #listening: Pick<Listening, 'heardMs'> = { heardMs: 0 }
  /** When the last key was pressed and when it was let go, in milliseconds of audio. */
  #pressed = 0
  #from = 0
  #heard: Omit<TravelHeard, 'ms'> = nothing
  /** When somebody spoke first since the last key. */
  #spoke: number | undefined
  #changed: Deferred<void> = deferred()
  #ended = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(listening: Pick<Listening, 'heardMs'>): void {
    this.#listening = listening
  }

  /** Milliseconds of audio since it began to listen. */
  get now(): number {
    return this.#listening.heardMs
  }

  /** @param pressed when the key began */
  forget(pressed: number): void {
    this.#pressed = pressed
    this.#from = this.now
    this.#heard = { ...nothing, hungUp: this.#heard.hungUp }
    this.#spoke = undefined
  }

  over(hungUp: boolean): void {
    this.#ended = true
    if (hungUp) this.#heard = { ...this.#heard, hungUp }
    this.#changed.resolve()
  }

  take(event: ListenEvent): void {
    // What began before the key is of the menu before; the menu behind it may begin before it is let go.
    if ('fromMs' in event && event.fromMs < this.#pressed - beforeMs && event.kind !== 'silence') return
    this.#heard = this.#with(event)
    this.#changed.resolve()
  }

  #with(event: ListenEvent): Omit<TravelHeard, 'ms'> {
    const heard = this.#heard
    switch (event.kind) {
      case 'speech':
        this.#spoke ??= event.fromMs
        return { ...heard, spoken: true, silentMs: 0 }
      case 'transcript': {
        if (!event.final || event.toMs < this.#from + tailMs) return heard
        const words = event.words.length > 0 ? event.words : wordsBetween(event.text, event.fromMs, event.toMs)
        return { ...heard, words: [...heard.words, ...words] }
      }
      case 'silence':
        if (this.#spoke !== undefined && event.fromMs - this.#spoke < leastMs) this.#spoke = undefined
        return {
          ...heard,
          spoken: this.#spoke !== undefined,
          silentMs: Math.min(event.ms, event.fromMs + event.ms - this.#from),
        }
      case 'tone':
        return { ...heard, tones: [...heard.tones, event.tone] }
      case 'untranscribed':
        return { ...heard, untranscribed: event.sentence }
      case 'music':
      case 'answered':
      case 'recording':
        return heard
    }
  }

  /** Asks after all that is heard, and now and then when nothing is. */
  async until<T>(decide: (heard: TravelHeard) => T | undefined): Promise<T> {
    for (;;) {
      const ms = this.now - this.#from
      const decided = decide({ ...this.#heard, ms, hungUp: this.#heard.hungUp || this.#ended })
      if (decided !== undefined) return decided
      this.#changed = deferred()
      const timer = this.#clock.after(ticks, () => this.#changed.resolve())
      await this.#changed.promise
      timer.stop()
    }
  }
}

/** Of a recogniser that tells no times, words share those of the utterance. */
function wordsBetween(text: string, fromMs: number, toMs: number) {
  const plain = wordsOfText(text)
  const each = (toMs - fromMs) / Math.max(1, plain.length)
  return plain.map(({ word }, i) => ({ word, fromMs: fromMs + i * each, toMs: fromMs + (i + 1) * each }))
}
