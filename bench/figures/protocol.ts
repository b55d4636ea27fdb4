import type { WorkerStats } from '../../src/media/plane.ts'
import type { RecognitionPace } from '../../src/speech/index.ts'

/** What the process that is measured is asked. */
export type ServiceQuestion =
  | { readonly kind: 'start'; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: 'signalling' }
  | { readonly kind: 'media' }
  | { readonly kind: 'tidy' }
  /** What it holds for calls and requests. */
  | { readonly kind: 'held' }

export interface Started {
  readonly kind: 'started'
  readonly url: string
  readonly token: string
  readonly sipPort: number
  readonly dataFolder: string
}

export interface MediaAnswer {
  readonly kind: 'media'
  readonly workers: readonly WorkerStats[]
  readonly overloaded: boolean
  readonly recognition: RecognitionPace | undefined
}

export interface HeldAnswer {
  readonly kind: 'held'
  /** Entries of its tables, and what its event loop waits for, by name. */
  readonly counts: Readonly<Record<string, number>>
}

export type ServiceAnswer = Started | MediaAnswer | HeldAnswer | { readonly kind: 'tidied' }

/** What the process that holds a conference is asked. */
export interface RoomQuestion {
  readonly members: number
  readonly settleSeconds: number
  readonly seconds: number
}

export interface RoomAnswer {
  readonly kind: 'room'
  readonly members: number
  readonly cpuPerMemberMinute: number
  /** Over windows of five seconds: the middle one and the worst. */
  readonly p99Ms: readonly [middle: number, worst: number]
  readonly maxMs: number
  readonly skippedTicks: number
  /** Of the packets that were due, 0–1. */
  readonly sent: number
  readonly received: number
}

/** What the process that calls is asked. */
export type CallerQuestion =
  /** INVITE, 200, ACK, BYE, 200; one call after the other, however many are under way. */
  | {
      readonly kind: 'setups'
      readonly count: number
      readonly perSecond: number
      readonly port: number
      readonly to: string
    }
  /** Calls that stay, each sending and taking 50 packets a second. */
  | {
      readonly kind: 'hold'
      readonly count: number
      readonly perSecond: number
      readonly port: number
      readonly to: string
    }
  /** Packets since the last time. */
  | { readonly kind: 'packets' }
  /** Listens for webhooks; answers with its port. */
  | { readonly kind: 'listen' }
  /** How long after its INVITE each call was told of, since the last time. */
  | { readonly kind: 'told' }
  /** BYE to all that stay. */
  | { readonly kind: 'release' }

export interface Calls {
  readonly answered: number
  /** 503: admission control. */
  readonly refused: number
  /** Any other final answer, or none. */
  readonly failed: number
  readonly retransmissions: number
  /** From INVITE to 200. */
  readonly answerP50Ms: number
  readonly answerP99Ms: number
}

export interface Told {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Packets {
  readonly sent: number
  readonly received: number
}
