import type { Clock, Timer } from '../../base/clock.ts'
import { wordsOfText } from '../../menu/understand/token.ts'
import type { Call } from '../../phone/call.ts'
import type { HeardTone, HeardWord, ListenEvent, SoundPiece, Transcript } from '../../phone/listen.ts'

/** What was heard since somebody began to listen. Times are milliseconds since then. */
export interface Heard {
  readonly words: readonly HeardWord[]
  readonly tones: readonly HeardTone[]
  readonly music: boolean
  /** Since the last word; 0 while somebody speaks. */
  readonly silentMs: number
  readonly hungUp: boolean
  /** Something was said that the recogniser could not take. */
  readonly unrecognised?: true
}

export interface HearOptions<T> {
  readonly clock: Clock
  /** Ends an utterance: shorter ones are known sooner, longer ones are understood better. */
  readonly pauseMs: number
  /** Ends it in any case; 25000 unless given. */
  readonly longestMs?: number
  readonly hints?: readonly string[]
  /** Listened no longer than this. */
  readonly mostMs: number
  /** Asked after all that is heard, and every five seconds; anything but `undefined` ends the listening. */
  readonly decide: (heard: Heard) => T | undefined
  /** Asked with each piece of sound, likewise; what was said until then is still understood. */
  readonly decideBySound?: (piece: SoundPiece) => T | undefined
}

export interface HeardOut<T> {
  readonly heard: Heard
  /** `undefined`: the call ended, or it took too long, and there was nothing to decide. */
  readonly decided: T | undefined
  readonly ms: number
}

const askMs = 5000
const silences = [1200, 3000, 8000, 15_000] as const

/** Listens to the other side of a call until something is clear. */
export async function hear<T>(call: Call, options: HearOptions<T>): Promise<HeardOut<T>> {
  const { clock, pauseMs, longestMs, hints, mostMs, decide, decideBySound } = options
  let heard: Heard = { words: [], tones: [], music: false, silentMs: 0, hungUp: false }
  let decided: T | undefined
  let bySound = false
  let fault: unknown
  const begun = clock.now()
  let stop = (): void => {}
  let again: Timer | undefined
  const ask = (): void => {
    try {
      decided = decide(heard)
    } catch (error) {
      fault = error
    }
    if (decided !== undefined || fault !== undefined) stop()
  }
  const onEvent = (event: ListenEvent): void => {
    if ((decided !== undefined && !bySound) || fault !== undefined) return
    heard = withEvent(heard, event)
    if (!bySound) ask()
  }
  const onSound = (piece: SoundPiece): void => {
    if (decided !== undefined || fault !== undefined) return
    try {
      decided = decideBySound?.(piece)
    } catch (error) {
      fault = error
    }
    bySound = decided !== undefined
    if (bySound || fault !== undefined) stop()
  }
  const askAgain = (): void => {
    again = clock.after(askMs, () => {
      askAgain()
      if (decided === undefined && fault === undefined) ask()
    })
  }
  const listening = await call.listen({
    onEvent,
    pauseMs,
    silenceMs: silences,
    ...(decideBySound === undefined ? {} : { onSound }),
    ...(longestMs === undefined ? {} : { longestMs }),
    ...(hints === undefined || hints.length === 0 ? {} : { hints }),
  })
  stop = () => listening.stop()
  if (decided !== undefined || fault !== undefined) stop()
  const limit: Timer = clock.after(mostMs, stop)
  askAgain()
  const end = await listening.done
  limit.stop()
  again?.stop()
  if (fault !== undefined) throw fault
  if (end === 'hangup' && decided === undefined) {
    heard = { ...heard, hungUp: true }
    decided = decide(heard)
  }
  return { heard, decided, ms: clock.now() - begun }
}

/** What is still under way of the prompt before; speech that begins sooner may belong to it. */
const restMs = 100
/** Speech that goes on for so long is no such rest. */
const goesOnMs = 600

/** Waits until the other side begins to say something. @returns false where it does not, for so long, or hangs up */
export async function heardSpeech(call: Call, clock: Clock, mostMs: number): Promise<boolean> {
  let [spoke, stop] = [false, (): void => {}]
  const waits: Timer[] = []
  const begins = (): void => {
    spoke = true
    stop()
  }
  const listening = await call.listen({
    transcribe: false,
    pauseMs: 200,
    silenceMs: [],
    onEvent: (event) => {
      if (event.kind !== 'speech') return
      if (event.fromMs >= restMs) begins()
      else waits.push(clock.after(goesOnMs, begins))
    },
  })
  stop = () => listening.stop()
  if (spoke) stop()
  waits.push(clock.after(mostMs, stop))
  await listening.done
  for (const wait of waits) wait.stop()
  return spoke
}

/** Waits until the other side has been silent for so long. */
export async function heardOut(call: Call, clock: Clock, silentMs: number, mostMs: number): Promise<void> {
  let stop = (): void => {}
  let silent = false
  const listening = await call.listen({
    transcribe: false,
    pauseMs: 200,
    silenceMs: [silentMs],
    onEvent: ({ kind }) => {
      if (kind !== 'silence') return
      silent = true
      stop()
    },
  })
  stop = () => listening.stop()
  if (silent) stop()
  const limit = clock.after(mostMs, stop)
  await listening.done
  limit.stop()
}

/** Until that it is given up to know a prompt by its sound: after it began to be said, and where nothing is. */
const soundMs = { said: 4500, silent: 8000 }

/** Waits for a prompt that is known by its sound. @returns false where something else is said, or nothing */
export async function heardPrint(
  call: Call,
  clock: Clock,
  { push, found }: { push(piece: SoundPiece): void; found(): boolean },
): Promise<boolean> {
  let [known, stop] = [false, (): void => {}]
  let spoke: Timer | undefined
  const listening = await call.listen({
    transcribe: false,
    pauseMs: 200,
    silenceMs: [],
    onEvent: ({ kind }) => {
      if (kind === 'speech') spoke ??= clock.after(soundMs.said, () => stop())
    },
    onSound: (piece) => {
      if (known) return
      push(piece)
      known = found()
      if (known) stop()
    },
  })
  stop = () => listening.stop()
  if (known) stop()
  const limit = clock.after(soundMs.silent, stop)
  await listening.done
  limit.stop()
  spoke?.stop()
  return known
}

// A key cuts a prompt off; what is still under way of it says nothing of what follows.
const tailMs = 250

/** Pure. */
export function withEvent(heard: Heard, event: ListenEvent): Heard {
  switch (event.kind) {
    case 'speech':
      return { ...heard, silentMs: 0 }
    case 'transcript':
      return event.final && event.toMs > tailMs ? { ...heard, words: [...heard.words, ...wordsOf(event)] } : heard
    case 'silence':
      return { ...heard, silentMs: event.ms }
    case 'tone':
      return { ...heard, tones: [...heard.tones, event.tone] }
    case 'music':
      return { ...heard, music: heard.music || event.playing }
    case 'untranscribed':
      return event.toMs > tailMs ? { ...heard, unrecognised: true } : heard
    case 'answered':
    case 'recording':
      return heard
  }
}

/** Of a recogniser that tells no times, words share those of the utterance. */
function wordsOf({ words, text, fromMs, toMs }: Transcript): readonly HeardWord[] {
  if (words.length > 0) return words
  const plain = wordsOfText(text)
  const each = (toMs - fromMs) / Math.max(1, plain.length)
  return plain.map(({ word }, i) => ({ word, fromMs: fromMs + i * each, toMs: fromMs + (i + 1) * each }))
}
