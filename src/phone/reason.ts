/** Who brought a call or a leg to its end. */
export type EndedBy = 'caller' | 'callee' | 'service' | 'network' | 'operator'

/**
 * Stable words for how a leg or a call ended. Clients switch on these; the sentence is for people.
 * `interrupted`: the service stopped or was killed while the call was up.
 */
export type EndCode =
  | 'completed'
  | 'busy'
  | 'declined'
  | 'no_answer'
  | 'not_registered'
  | 'not_found'
  | 'not_allowed'
  | 'canceled'
  | 'unreachable'
  | 'incompatible_media'
  | 'media_timeout'
  | 'overloaded'
  | 'too_many_hops'
  | 'interrupted'
  | 'failed'

/** One thing that happened on the way to the end: a target that was busy, a trunk that answered 503. Oldest first. */
export interface ReasonLink {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly code: EndCode
  /** The leg's target, in its normal form; absent for the call itself. */
  readonly target?: string
  readonly by: EndedBy
  /** ITU-T Q.850 cause value. */
  readonly q850: number
  /** The final SIP status of the leg, where there was one. */
  readonly sip?: number
  readonly sentence: string
}

/** How a call ended: the last link says it in one, the chain says how it came to that. Never empty. */
export interface CallEnd {
  readonly at: number
  readonly by: EndedBy
  readonly code: EndCode
  readonly q850: number
  readonly sip?: number
  readonly sentence: string
  readonly chain: readonly ReasonLink[]
}

interface CodeFacts {
  readonly q850: number
  /** The status that a UAS sends to end an unanswered INVITE for this reason. */
  readonly sip: number
}

// Q.850 values with the SIP statuses of RFC 3398 §7.2.4.1 and §8.2.6.1 where that table has one.
export const endCodes: Readonly<Record<EndCode, CodeFacts>> = {
  completed: { q850: 16, sip: 200 },
  busy: { q850: 17, sip: 486 },
  declined: { q850: 21, sip: 603 },
  no_answer: { q850: 19, sip: 480 },
  not_registered: { q850: 20, sip: 480 },
  not_found: { q850: 1, sip: 404 },
  not_allowed: { q850: 21, sip: 403 },
  canceled: { q850: 16, sip: 487 },
  unreachable: { q850: 3, sip: 503 },
  incompatible_media: { q850: 88, sip: 488 },
  media_timeout: { q850: 102, sip: 408 },
  overloaded: { q850: 42, sip: 503 },
  too_many_hops: { q850: 25, sip: 483 },
  interrupted: { q850: 41, sip: 503 },
  failed: { q850: 41, sip: 500 },
}

/** What a final status to our INVITE means (RFC 3261 §21, RFC 3398 §8.2.6.1). A 2xx is not an end. */
export function codeOfStatus(status: number): EndCode {
  switch (status) {
    case 486:
    case 600:
      return 'busy'
    case 603:
    case 607:
    case 608:
      return 'declined'
    case 480:
    case 408:
      return 'no_answer'
    case 404:
    case 484:
    case 604:
    case 410:
      return 'not_found'
    case 401:
    case 403:
    case 407:
      return 'not_allowed'
    case 487:
      return 'canceled'
    case 488:
    case 415:
    case 606:
      return 'incompatible_media'
    case 482:
    case 483:
      return 'too_many_hops'
    case 502:
    case 503:
    case 504:
      return 'unreachable'
    default:
      return 'failed'
  }
}

export function endOf(last: ReasonLink, chain: readonly ReasonLink[]): CallEnd {
  const { at, by, code, q850, sip, sentence } = last
  // A caller who is refused for the one target's reason is told it once.
  const told = chain.includes(last) || chain.at(-1)?.sentence === last.sentence
  const links = told ? chain : [...chain, last]
  return { at, by, code, q850, sentence, chain: links, ...(sip === undefined ? {} : { sip }) }
}
