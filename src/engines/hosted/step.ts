import type { EndCode } from '../../phone/reason.ts'

/** What the other side is made to hear: words that the company speaks, or a file that it fetches here. */
export type Sound =
  | { readonly kind: 'say'; readonly text: string; readonly language?: string }
  | { readonly kind: 'play'; readonly url: string }

/** Where a company rings on behalf of a call. */
export interface Place {
  /** E.164, or a SIP URI. */
  readonly to: string
  /** Pressed once it has answered. */
  readonly digits?: string
}

export interface DialStep {
  readonly kind: 'dial'
  /** Rung at once. */
  readonly places: readonly Place[]
  readonly seconds: number
  /** E.164 that they see; that of the caller unless given. */
  readonly callerId?: string
  readonly maxSeconds?: number
  readonly hangupOnStar: boolean
  /** Heard meanwhile, in place of the tone of the company. */
  readonly ringback?: string
}

/** One thing that a company does with a call before it asks again. */
export type Step =
  | { readonly kind: 'play'; readonly sounds: readonly Sound[] }
  | {
      readonly kind: 'gather'
      /** Heard to the end: no key stops these or counts during them. */
      readonly before: readonly Sound[]
      readonly sounds: readonly Sound[]
      readonly maxDigits: number
      /** '' for none. */
      readonly finishKey: string
      readonly firstSeconds: number
      readonly interSeconds: number
      readonly allowed: string
    }
  | {
      readonly kind: 'record'
      readonly maxSeconds: number
      /** 0: silence does not end it. */
      readonly silenceSeconds: number
      readonly stopOn: string
      readonly beep: boolean
    }
  | DialStep
  | { readonly kind: 'send'; readonly digits: string }
  /** There is nothing to do yet. `silence`: a file without sound, so long. */
  | { readonly kind: 'wait'; readonly seconds: number; readonly silence: string }
  | { readonly kind: 'hangup'; readonly answered: boolean; readonly code: EndCode }

/** What of a step a request of the company is about. */
export const occasions = ['next', 'keys', 'recording', 'dial', 'answered', 'ringing', 'over'] as const
export type Occasion = (typeof occasions)[number]

/** What came of a step. */
export interface News {
  /** Without the key that ended them. */
  readonly digits?: string
  /** A key ended it. */
  readonly byKey?: boolean
  readonly recording?: string
  readonly dial?: DialNews
}

export interface DialNews {
  readonly answered: boolean
  /** E.164 or URI of the one who picked up, where it is told. */
  readonly to?: string
  readonly seconds: number
  readonly code: EndCode
  /** Words of the company. */
  readonly words: string
}

/** What a company posts about a call. */
export interface Notice {
  /** Its own name of the call. */
  readonly session: string
  /** Our name of it, where we placed it and the company gives it back. */
  readonly request?: string
  /** As posted. */
  readonly from: string
  readonly to: string
  readonly outbound: boolean
  /** `up`: it asks what to do. `told`: it only tells something, and asks nothing. */
  readonly state: 'ringing' | 'up' | 'told' | 'over'
  readonly news: News
  /** Of a call that is over: how it ended. */
  readonly end?: { readonly code: EndCode; readonly words: string; readonly seconds: number }
}

/** Names and values of a form. */
export type Fields = Readonly<Record<string, string>>
