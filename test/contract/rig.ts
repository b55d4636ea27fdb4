import type { Address } from '../../src/phone/address.ts'
import type { Call, TimelineKind } from '../../src/phone/call.ts'
import type { Engine, Lacks } from '../../src/phone/engine.ts'
import type { EndCode } from '../../src/phone/reason.ts'
import { eventually } from '../kit/eventually.ts'
import type { PhoneCall } from '../kit/phone-call.ts'

/** What an engine brings to be held to the contract. */
export interface EngineBench {
  readonly engine: Engine
  /** The next call that the engine hands up. */
  nextCall(): Promise<Call>
  /** Somebody outside calls a number of ours; resolves when the INVITE is on its way. */
  callIn(): PhoneCall
  /** The same from a phone that has no telephone-event: its keys are sounds. */
  callInWithTones(): PhoneCall
  /** Two parties that the engine can call; `next` is the call as it arrives at the phone. */
  readonly ann: Party
  readonly bob: Party
  /** Words as an 8 kHz WAV of this engine's own making; the path. */
  say(text: string): Promise<string>
  /** An address of ours that nobody is signed in at. */
  readonly absent: Address
  /** What a caller is told in place of the usual status, where the engine has no way to that. */
  readonly refusals?: Partial<Record<EndCode, number>>
  /** What it says that its calls lack. */
  readonly lacks?: Lacks
  /** What is left of finished calls: names of sockets, timers, map entries. Empty when all is released. */
  leaks(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface Party {
  readonly address: Address
  next(): Promise<PhoneCall>
}

/** What the cases of a contract work with. */
export interface Rig {
  readonly bench: EngineBench
  /** A path of this case's own. */
  file(label: string): string
  tuneFile(seed: number, seconds: number): string
  /** Both ends of a call that came in and was answered. */
  answered(): Promise<{ readonly call: Call; readonly caller: PhoneCall }>
  /** Hangs up and waits for it. */
  over(call: Call, caller: PhoneCall): Promise<void>
}

/** Waits until the story of the call has a line of this kind that reads so. */
export async function told(call: Call, kind: TimelineKind, text = /(?:)/, times = 1): Promise<void> {
  const lines = () => call.timeline.filter((line) => line.kind === kind && text.test(line.text)).length
  const count = await eventually(lines, (count) => count >= times)
  if (count < times) throw new Error(`The story has ${count} lines of ${kind} ${text}`)
}
