import type { Prompt } from './prompt.ts'

export interface DetectOptions {
  /** Left with a machine, and begun anew after each further beep. */
  readonly message?: Prompt
  /** Of a machine, waits until it records; true unless given, and with a message. */
  readonly beep?: boolean
  /** Of all that is heard, 15–180; 90 unless given. */
  readonly maxSeconds?: number
}
