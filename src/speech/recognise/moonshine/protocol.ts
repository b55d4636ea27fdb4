import type { Recognised } from '../recogniser.ts'

/** What the service and a child process that recognises speech say to each other. */
export interface Utterance {
  readonly id: number
  /** 16 bit PCM, 8 kHz. */
  readonly samples: Int16Array
  /** Another recogniser hears it, too: what it understood comes in a `Beside`. */
  readonly besides: boolean
}

/** Of the utterance of that number. */
export interface Beside {
  readonly id: number
  /** Absent where the other understood nothing because it failed. */
  readonly words: readonly string[] | undefined
}

export type Ask = Utterance | Beside

export type Answer =
  | { readonly id: number; readonly recognised: Recognised }
  | { readonly id: number; readonly fault: string }
