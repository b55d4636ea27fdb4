import type { Direction } from '../../src/sip/sdp/media.ts'
import type { SessionEnd } from '../../src/sip/user-agent/session.ts'

/** One call of a virtual phone. Everything is real SIP and RTP; audio goes in and out as WAV files. */
export interface PhoneCall {
  /** User part and display name of the other side, as it was sent. */
  readonly remote: { readonly user: string; readonly name: string | undefined }
  /** Resolves at 180 or 183; at once on a call that came in. */
  readonly ringing: Promise<void>
  /** Resolves when audio can flow. Rejects when the call ends before. */
  readonly answered: Promise<void>
  /** Resolves once, never rejects. */
  readonly ended: Promise<SessionEnd>
  ring(): void
  /** Sends audio before it answers (183). */
  progress(): void
  answer(): Promise<void>
  /** Refuses with this status. */
  refuse(status: number): void
  hangup(): void
  /** Plays a 8 kHz WAV; resolves when it has been sent. */
  play(path: string): Promise<void>
  /** Presses keys by telephone-event. */
  press(keys: string): Promise<void>
  /** Presses one key by INFO. */
  pressByInfo(key: string): Promise<void>
  /** As agreed last, seen from the phone; `undefined` before. */
  readonly direction: Direction | undefined
  /** As agreed last; `undefined` before. */
  readonly codec: string | undefined
  /** Keys heard so far. */
  readonly keys: string
  /** Waits until so many keys were heard. */
  heardKeys(count: number): Promise<string>
  /** Writes down what is heard from now on, until `stop` or the end of the call. */
  listen(path?: string): { stop(): Promise<Int16Array> }
  hold(): Promise<void>
  resume(): Promise<void>
}
