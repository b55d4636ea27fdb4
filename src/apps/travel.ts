import type { Clock } from '../base/clock.ts'
import { needsWords, type TravelFailure, type TravelStep, travelMove } from '../menu/travel.ts'
import type { Address } from '../phone/address.ts'
import { type Call, CallEnded } from '../phone/call.ts'
import type { Listening } from '../phone/listen.ts'
import { TravelEar } from './travel-ear.ts'

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
  // Pauses are told behind the words before them, which may be late: a step that needs no words waits for none.
  const ears = new Map<boolean, OpenEar>()
  const pressAll = (key: string): Promise<void> => press(call, [...ears.values()], key)
  try {
    for (const worded of new Set(steps.map(needsWords))) ears.set(worded, await openEar(call, steps, worded, ports))
    let again = 0
    for (let at = 0; at < steps.length; ) {
      await ports.progress({ state: 'travelling', pressed: at })
      const { ear } = ears.get(needsWords(steps[at]!))!
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
          await pressAll(steps[at - 1]!.key)
          break
        case 'press':
          if (move.moved) ports.note(`${steps[at]!.label} has moved from key ${steps[at]!.key} to ${move.key}`)
          else ports.note(`key ${move.key}${steps[at]!.label === '' ? '' : ` for ${steps[at]!.label}`} is pressed`)
          await pressAll(move.key)
          at++
      }
    }
    return undefined
  } catch (error) {
    if (!(error instanceof CallEnded)) throw error
    return { kind: 'failed', code: 'hung_up', sentence: 'The far end hung up on the way.' }
  } finally {
    for (const { ear, listening } of ears.values()) {
      listening.stop()
      ear.over(false)
    }
  }
}

interface OpenEar {
  readonly ear: TravelEar
  readonly listening: Listening
}

async function openEar(
  call: Call,
  steps: readonly TravelStep[],
  transcribe: boolean,
  { clock }: TravelPorts,
): Promise<OpenEar> {
  const ear = new TravelEar(clock)
  const labels = new Set(steps.map(({ label }) => label.slice(0, 100)).filter((label) => label !== ''))
  const listening = await call.listen({
    ...{ transcribe, pauseMs: travelPauseMs, silenceMs: [1200, 3000, 8000, 15_000] },
    hints: [...labels].slice(0, 100),
    onEvent: (event) => ear.take(event),
  })
  ear.begin(listening)
  void listening.done.then((end) => ear.over(end === 'hangup'))
  return { ear, listening }
}

async function press(call: Call, ears: readonly OpenEar[], key: string): Promise<void> {
  const begun = ears.map(({ ear }) => ear.now)
  await call.send(key)
  for (const [i, { ear }] of ears.entries()) ear.forget(begun[i]!)
}
