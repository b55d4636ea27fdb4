import type { Action } from './action.ts'

/** What a step does: one block of a call, or nothing for so many seconds, 1–600. */
export type StepBlock = Action | { readonly block: 'wait'; readonly seconds: number }

export interface FlowStep {
  /** What others lead to it by; where none was given its place, `3`, which no name can be. */
  readonly name: string
  readonly does: StepBlock
  /** The name of the step that follows an outcome, or `end`. */
  readonly branches: Readonly<Record<string, string>>
  /** Where every other outcome leads; the following step unless given. */
  readonly next?: string
}

/** Blocks with branches, from the first step on. At its end the call is hung up. */
export interface Flow {
  readonly steps: readonly FlowStep[]
}

/** Leads to the end of the flow. No step has this name. */
export const flowEnd = 'end'

/** Where a step leads that no branch leads on from. */
export function nextOf({ steps }: Flow, index: number): string {
  return steps[index]?.next ?? steps[index + 1]?.name ?? flowEnd
}
