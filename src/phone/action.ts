import type { DialConfirm, DialTarget } from './call.ts'
import type { DetectOptions } from './detect.ts'
import type { CallId, Id } from './id.ts'
import type { Prompt } from './prompt.ts'
import type { JoinOptions } from './room.ts'
import type { TransferTarget } from './transfer.ts'

/** One block that a live call is told to carry out, with what it takes. */
export type Action =
  | { readonly block: 'answer' | 'unhold' | 'stop' }
  | {
      readonly block: 'play'
      readonly prompt: Prompt
      readonly stopOn?: string
      readonly times?: number
      readonly early?: boolean
    }
  | {
      readonly block: 'gather'
      readonly maxDigits: number
      readonly prompt?: Prompt
      readonly invalid?: Prompt
      readonly attempts?: number
      readonly bargeIn?: boolean
      readonly finishKey?: string
      readonly firstDigitMs?: number
      readonly interDigitMs?: number
      readonly allowed?: string
    }
  | {
      readonly block: 'record'
      readonly maxSeconds: number
      readonly silenceSeconds: number
      readonly stopOn?: string
      readonly beep?: boolean
    }
  | { readonly block: 'hold'; readonly music?: Prompt; readonly tell?: boolean }
  | {
      readonly block: 'transfer'
      readonly to: TransferTarget
      readonly seconds?: number
      readonly onFailure?: 'hangup' | 'continue'
      readonly refer?: boolean
    }
  | {
      readonly block: 'dial'
      readonly targets: readonly DialTarget[]
      readonly together?: boolean
      readonly hangupOnStar?: boolean
      readonly callerName?: string
      readonly maxSeconds?: number
      readonly ringback?: Prompt
      readonly confirm?: DialConfirm
    }
  | ({ readonly block: 'join'; readonly room: string } & Omit<JoinOptions, 'onEvent'>)
  /** Beside other blocks, from now on. */
  | { readonly block: 'monitor'; readonly channels: 'mono' | 'stereo'; readonly maxSeconds?: number }
  | { readonly block: 'stop_monitor' }
  /** Asks, and hears what is said. `hints` are also told as `phrase` where they were said. */
  | {
      readonly block: 'listen'
      readonly prompt?: Prompt
      readonly bargeIn?: boolean
      readonly firstWordMs?: number
      readonly pauseMs?: number
      readonly maxSeconds?: number
      readonly language?: string
      readonly hints?: readonly string[]
    }
  /** Tells who answered a call that was placed; of a machine, waits until it records. `message` is left with it then. */
  | ({ readonly block: 'detect' } & DetectOptions)
  | { readonly block: 'send'; readonly digits: string }
  /** `message` is played first, after what runs was stopped. */
  | { readonly block: 'hangup'; readonly message?: Prompt }

export type ActionId = Id<'action'>

export type ActionResult = Readonly<Record<string, unknown>>

export interface ActionError {
  /** A code of the table of problems. */
  readonly code: string
  readonly sentence: string
}

/** An action that was taken on. */
export interface StartedAction {
  readonly id: ActionId
  readonly call: CallId
  readonly block: Action['block']
  /** Milliseconds since 1970. */
  readonly startedAt: number
}
