import type { Prompt } from './prompt.ts'

export interface DetectOptions {
  /** Left with a machine, and begun anew after each further beep. */
  readonly message?: Prompt
  /** Of a machine, waits until it records; true unless given, and with a message. */
  readonly beep?: boolean
  /** Of all that is heard, 15–180; 90 unless given. */
  readonly maxSeconds?: number
}

/** What is done where one or another answers. `wait` goes on once a machine records; `again` hangs up and counts as no answer. */
export type AnswerDeed = SimpleDeed | 'wait' | { readonly message: Prompt }

/** `person` and `silence` go on, `machine` and `fax` are hung up on, unless given. */
export interface AnswerPlan {
  readonly person?: SimpleDeed
  readonly machine?: AnswerDeed
  readonly fax?: SimpleDeed
  readonly silence?: SimpleDeed
}

export type SimpleDeed = 'go_on' | 'hangup' | 'again'
