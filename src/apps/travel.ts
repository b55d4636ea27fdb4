import type { Clock } from '../base/clock.ts'
import { type Deferred, deferred } from '../base/deferred.ts'
import { type TravelFailure, type TravelHeard, type TravelStep, travelMove } from '../menu/travel.ts'
import { wordsOfText } from '../menu/understand/token.ts'
import type { Address } from '../phone/address.ts'
import { type Call, CallEnded } from '../phone/call.ts'
import type { ListenEvent } from '../phone/listen.ts'

export interface Travel {
  /** In the order of the way. */
  readonly steps: readonly TravelStep[]
  /** Put through once the way is gone. */
  readonly to: Address
  /** How long it rings, 1–600. */
  readonly seconds: number
}

export interface TravelPorts {
  readonly clock: Clock
  /** Told before the call goes on; `pressed` counts steps that are done. */
  progress(news: TravelNews): Promise<void>
  note(text: string): void
}

export type TravelNews =
  | { readonly state: 'travelling'; readonly pressed: number }
  | { readonly state: 'ringing' }
  | { readonly state: 'connected' }

export type TravelEnd =
  | { readonly kind: 'done'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly code: TravelFailure | 'unanswered'; readonly sentence: string }

/** How often a key that was not heard is pressed again. */
const mostAgain = 2
/** An utterance ends here: shorter than for a scan, since it is only to be recognised. */
const travelPauseMs = 400
/** A menu whose prompt a key did not cut off leaves a tail of this length. */
const tailMs = 250
/** An utterance is told with up to 300 ms from before its voice (`media/listen/endpointer`), which comes 60 ms after its key at the soonest. */
const beforeMs = 240

/** Presses the way through a phone menu, each key once its menu offers it, and puts the far end through. Hangs up. */
export async function travel(call: Call, { steps, to, seconds }: Travel, ports: TravelPorts): Promise<TravelEnd> {
  const lost = await goTheWay(call, steps, ports)
  if (lost !== undefined) {
    ports.note(lost.sentence)
    await hangUp(call, 'failed', lost.sentence)
    return lost
  }
  await ports.progress({ state: 'ringing' })
  let talkingSince: number | undefined
  try {
    const onAnswered = (): void => {
      talkingSince = ports.clock.now()
      void ports.progress({ state: 'connected' })
    }
    const end = await call.dial([{ to, seconds }], { onAnswered })
    if (end.kind === 'answered') {
      await hangUp(call, 'completed', 'the talk is over')
      return { kind: 'done', seconds: end.seconds }
    }
    const sentence = end.attempts.at(-1)?.sentence ?? 'Nobody answered.'
    await hangUp(call, 'no_answer', sentence)
    return { kind: 'failed', code: 'unanswered', sentence }
  } catch (error) {
    if (!(error instanceof CallEnded)) throw error
    if (talkingSince !== undefined)
      return { kind: 'done', seconds: Math.round((ports.clock.now() - talkingSince) / 1000) }
    return { kind: 'failed', code: 'hung_up', sentence: 'The far end hung up before the call was put through.' }
  }
}

const hangUp = (call: Call, code: 'completed' | 'failed' | 'no_answer', sentence: string): Promise<void> =>
  call.signal.aborted ? Promise.resolve() : call.hangup({ code, sentence })

type Lost = Extract<TravelEnd, { kind: 'failed' }>

async function goTheWay(call: Call, steps: readonly TravelStep[], ports: TravelPorts): Promise<Lost | undefined> {
  if (steps.length === 0) return undefined
  const ear = new Ear(ports.clock)
  const listening = await call.listen({
    ...{ pauseMs: travelPauseMs, silenceMs: [1200, 3000, 8000, 15_000] },
    hints: [...new Set(steps.map(({ label }) => label.slice(0, 100)).filter((label) => label !== ''))].slice(0, 100),
    onEvent: (event) => ear.take(event),
  })
  ear.begin()
  void listening.done.then((end) => ear.over(end === 'hangup'))
  try {
    let again = 0
    for (let at = 0; at < steps.length; ) {
      await ports.progress({ state: 'travelling', pressed: at })
      const move = await ear.until((heard) => {
        const next = travelMove(steps[at]!, steps[at - 1], heard)
        return next.kind === 'wait' ? undefined : next
      })
      switch (move.kind) {
        case 'failed':
          return move
        case 'again':
          if (++again > mostAgain)
            return { kind: 'failed', code: 'lost', sentence: `Key ${steps[at - 1]!.key} was not heard at the far end.` }
          ports.note(`the menu before is said again: key ${steps[at - 1]!.key} is pressed once more`)
          await press(call, ear, steps[at - 1]!.key)
          break
        case 'press':
          if (move.moved) ports.note(`${steps[at]!.label} has moved from key ${steps[at]!.key} to ${move.key}`)
          else ports.note(`key ${move.key}${steps[at]!.label === '' ? '' : ` for ${steps[at]!.label}`} is pressed`)
          await press(call, ear, move.key)
          at++
      }
    }
    return undefined
  } catch (error) {
    if (!(error instanceof CallEnded)) throw error
    return { kind: 'failed', code: 'hung_up', sentence: 'The far end hung up on the way.' }
  } finally {
    listening.stop()
    ear.over(false)
  }
}

async function press(call: Call, ear: Ear, key: string): Promise<void> {
  const begun = ear.now
  await call.send(key)
  ear.forget(begun)
}

const ticks = 5000

/** What was heard since the last key. */
class Ear {
  readonly #clock: Clock
  #begun = 0
  /** When the last key was pressed and when it was let go, in milliseconds since it began to listen. */
  #pressed = 0
  #from = 0
  #heard: Omit<TravelHeard, 'ms'> = { words: [], tones: [], silentMs: 0, hungUp: false }
  #changed: Deferred<void> = deferred()
  #ended = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#begun = clock.now()
  }

  begin(): void {
    this.#begun = this.#clock.now()
  }

  /** Milliseconds since it began to listen. */
  get now(): number {
    return this.#clock.now() - this.#begun
  }

  /** @param pressed when the key began */
  forget(pressed: number): void {
    this.#pressed = pressed
    this.#from = this.now
    this.#heard = { words: [], tones: [], silentMs: 0, hungUp: this.#heard.hungUp }
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
        return { ...heard, silentMs: 0 }
      case 'transcript': {
        if (!event.final || event.toMs < this.#from + tailMs) return heard
        const words = event.words.length > 0 ? event.words : wordsBetween(event.text, event.fromMs, event.toMs)
        return { ...heard, words: [...heard.words, ...words] }
      }
      case 'silence':
        return { ...heard, silentMs: Math.min(event.ms, event.fromMs + event.ms - this.#from) }
      case 'tone':
        return { ...heard, tones: [...heard.tones, event.tone] }
      case 'music':
      case 'untranscribed':
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
