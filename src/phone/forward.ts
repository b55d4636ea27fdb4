import type { Id } from './id.ts'

/** One who is rung for a forward, in the order of the list. */
export interface ForwardTarget {
  /** An extension, a SIP URI or a number, as `readAddress` takes it. */
  readonly to: string
  /** How long it rings before the next is tried, 1–120. */
  readonly seconds: number
}

/** What a caller hears on the way; each may be replaced per forward, '' leaves it out. */
export interface ForwardPrompts {
  readonly forwarding: string
  readonly unreachable: string
  readonly greeting: string
  readonly thanks: string
}

export const defaultForwardPrompts: ForwardPrompts = {
  forwarding: 'Please wait while we are forwarding your call',
  unreachable: "The number you're trying is not reachable at the moment. You are being redirected to the voice mail",
  greeting: 'Please leave your message after the beep',
  thanks: 'Thank you, your message has been recorded',
}

export interface ForwardVoicemail {
  /** 1–3600. */
  readonly maxSeconds: number
  /** Silence that ends the message, 0 for never, 0–60. */
  readonly silenceSeconds: number
}

export const defaultForwardVoicemail: ForwardVoicemail = { maxSeconds: 180, silenceSeconds: 5 }

/**
 * Calls to `number` ring the targets in order and end in the mailbox; calls to `voicemailNumber` go there at once.
 * Whoever leaves a message is announced to `notify` by text.
 */
export interface Forward {
  readonly id: Id<'forward'>
  readonly name: string
  readonly number: string
  readonly voicemailNumber: string
  readonly targets: readonly ForwardTarget[]
  /** Extension or E.164 that gets the text; absent: nobody does. */
  readonly notify?: string
  /** What targets see as the caller: the caller's own number, or the number of the forward. */
  readonly callerId: 'caller' | 'number'
  readonly prompts: ForwardPrompts
  readonly voicemail: ForwardVoicemail
  /** Who gets a copy of each message by mail, and as what; absent: nobody does. */
  readonly email?: { readonly to: string; readonly audio: 'wav' | 'mp3' | 'none' }
}
