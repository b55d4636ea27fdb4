import type { Call } from '../../phone/call.ts'
import type { HangupCause } from './cause.ts'
import type { CallDocument } from './document.ts'
import { type DocumentPorts, type Params, type Telling, tellings } from './ports.ts'
import type { WebTarget } from './web-target.ts'

/** What comes after an element. */
export type Step =
  | { readonly kind: 'next' }
  | { readonly kind: 'document'; readonly document: CallDocument }
  | { readonly kind: 'ended' }

export const next: Step = { kind: 'next' }
export const ended: Step = { kind: 'ended' }

/** What the step of an element works with. */
export interface RunContext {
  readonly call: Call
  readonly ports: DocumentPorts
  /** Within PreAnswer: nothing may answer the call. */
  readonly early: boolean
  /** The document at this URL takes the place of the rest of this one; a failure ends the call. */
  follow(target: WebTarget, params: Params, what: 'action' | 'redirect'): Promise<Step>
  /** Aborts when the call is sent elsewhere: what runs stops, and nothing after it begins. */
  readonly stopped: AbortSignal
  /** Runs unless the call is over by then. */
  later(ms: number, work: () => void): void
  /** Hangs up and remembers how the dialect calls that. */
  end(sentence: string, how: EndHow): Promise<Step>
  /** To record the next Dial; taken by it. */
  recordDial: (() => Promise<void>) | undefined
  /** Of the leg that a Dial reached: 1 for the first of the call. */
  nextLeg(): number
  /** Told for people who look at the call. */
  note(sentence: string): void
}

export interface EndHow {
  readonly code: 'completed' | 'busy' | 'declined' | 'failed'
  readonly cause: Partial<HangupCause>
}

/**
 * After an element with an `action`: the answer takes over, or is only asked for where the call goes elsewhere anyway.
 * @param tell called once, with what is told and not asked
 */
export async function afterwards(
  context: RunContext,
  { action, redirect }: { readonly action: WebTarget | undefined; readonly redirect: boolean },
  params: Params,
  tell = (...told: readonly Telling[]): void => {
    for (const { target, params } of told) context.ports.source.tell(target, params, context.call)
  },
): Promise<Step> {
  const asked = redirect && !context.call.signal.aborted && !context.stopped.aborted ? action : undefined
  tell(...tellings(asked === undefined ? action : undefined, params))
  return asked === undefined ? next : context.follow(asked, params, 'action')
}
