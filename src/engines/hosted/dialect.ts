import type { BlockName } from '../../phone/block.ts'
import type { Fields, Notice, Occasion, Step } from './step.ts'

/** How a company is told what to do with a call, and what it posts. */
export interface Dialect {
  /** Of the URIs of trunks that lead to it, and the name of the engine. */
  readonly scheme: string
  /** In sentences. */
  readonly company: string
  readonly blocks: ReadonlySet<BlockName>
  /** It rings SIP URIs too. */
  readonly dialsUris: boolean
  /** It presses keys at those whom it rings. */
  readonly pressesKeys: boolean
  /** The talk of a dial is the end of the call. */
  readonly dialEnds: boolean
  /** @param url where it is to ask what comes after this step */
  write(step: Step, url: (about: Occasion) => string): string
  /** @param about the occasion that stood in the path, where one did. `undefined`: this is no news of a call. */
  read(fields: Fields, about: Occasion | undefined): Notice | undefined
}
