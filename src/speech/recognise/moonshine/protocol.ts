import type { Recognised } from '../recogniser.ts'

/** What the service and a child process that recognises speech say to each other. */
export interface Ask {
  readonly id: number
  /** 16 bit PCM, 8 kHz. */
  readonly samples: Int16Array
}

export type Answer =
  | { readonly id: number; readonly recognised: Recognised }
  | { readonly id: number; readonly fault: string }
