import type { Clock, Timer } from '../../base/clock.ts'
import type { Call } from '../../phone/call.ts'
import type { SoundPiece } from '../../phone/listen.ts'

/** What is still under way of the prompt before; speech that begins sooner may belong to it. */
const restMs = 100
/** Speech that goes on for so long is no such rest. */
const goesOnMs = 600

/** Speech is told with so much from before its voice at most. */
const beforeMs = 300

/** Waits until the other side begins to say something. @returns when it began, by the clock; `undefined` where it does not, for so long, or hangs up */
export async function heardSpeech(
  call: Pick<Call, 'listen'>,
  clock: Clock,
  mostMs: number,
): Promise<number | undefined> {
  let [spoke, stop]: [number | undefined, () => void] = [undefined, () => {}]
  const waits: Timer[] = []
  const listensFrom = clock.now()
  const begins = (fromMs: number): void => {
    spoke = Math.min(clock.now(), listensFrom + fromMs + beforeMs)
    stop()
  }
  const listening = await call.listen({
    transcribe: false,
    pauseMs: 200,
    silenceMs: [],
    onEvent: (event) => {
      if (event.kind !== 'speech') return
      if (event.fromMs >= restMs) begins(event.fromMs)
      else waits.push(clock.after(goesOnMs, () => begins(event.fromMs)))
    },
  })
  stop = () => listening.stop()
  if (spoke !== undefined) stop()
  waits.push(clock.after(mostMs, stop))
  await listening.done
  for (const wait of waits) wait.stop()
  return spoke
}

/** Between two options, at most, of a prompt that has gone on for as long as it lasts. */
const breathMs = 400
/** What is known of where it begins and ends is as exact as this. */
const aboutMs = 200

export interface HeardOutOptions {
  /** After so much silence it is over in any case. */
  readonly silentMs: number
  readonly mostMs: number
  /** The prompt is known to go on for so long. */
  readonly lastsMs?: number
}

/** Waits until the other side has said all. */
export async function heardOut(
  call: Call,
  clock: Clock,
  { silentMs, mostMs, lastsMs = mostMs }: HeardOutOptions,
): Promise<void> {
  let stop = (): void => {}
  let [silent, whole, over] = [false, false, false]
  const look = (): void => {
    over ||= silent && whole
    if (over) stop()
  }
  const listening = await call.listen({
    transcribe: false,
    pauseMs: 200,
    silenceMs: [breathMs, silentMs],
    onEvent: (event) => {
      if (event.kind !== 'silence' && event.kind !== 'speech') return
      silent = event.kind === 'silence'
      over ||= event.kind === 'silence' && event.ms >= silentMs
      look()
    },
  })
  stop = () => listening.stop()
  look()
  const lasts = clock.after(lastsMs + aboutMs, () => {
    whole = true
    look()
  })
  const limit = clock.after(mostMs, stop)
  await listening.done
  limit.stop()
  lasts.stop()
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
