import type { HangupReason } from '../../phone/call.ts'
import { type CallEnd, codeOfStatus, type EndCode, endCodes, type ReasonLink } from '../../phone/reason.ts'
import type { SessionEnd } from '../../sip/user-agent/session.ts'

/** The other side's words, made fit for a sentence: no control characters, no more than 80 characters. */
function words(end: SessionEnd): string {
  const text = clean(end.text ?? '')
  return text === '' ? '' : ` ${text}`
}

const clean = (text: string): string =>
  text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, 80)

/** Our own sentence about media that does not fit. */
const why = (end: SessionEnd): string => (end.text === undefined ? '' : `:${words(end).replace(/\.$/, '')}`)

/** Our own words about the network, behind a colon. */
const detail = (end: SessionEnd): string => {
  const text = words(end)
  return text === '' ? '' : `:${text}`
}

function link(
  at: number,
  by: ReasonLink['by'],
  code: EndCode,
  end: SessionEnd,
  sentence: string,
  target?: string,
): ReasonLink {
  return {
    at,
    by,
    code,
    q850: end.q850 ?? endCodes[code].q850,
    sentence,
    ...(end.status === undefined ? {} : { sip: end.status }),
    ...(target === undefined ? {} : { target }),
  }
}

/**
 * Why a leg that we placed never came up. `target` in its normal form, e.g. `1001`.
 * @param inner how the call ended that it led to, where that is one of ours: it knows more than a status tells
 */
export function linkOfFailedLeg(end: SessionEnd, at: number, target: string, inner?: CallEnd): ReasonLink {
  if (inner !== undefined && end.how === 'rejected') {
    const { by, code, q850, sentence } = inner
    return link(at, by, code, { ...end, q850 }, `${target} did not take the call: ${sentence}`, target)
  }
  switch (end.how) {
    case 'rejected': {
      const code = codeOfStatus(end.status ?? 500)
      const said = `${end.status ?? ''}${words(end)}`.trim()
      if (end.status !== undefined && end.status < 400)
        return link(at, 'callee', code, end, redirection(target, end, said), target)
      return link(at, code === 'unreachable' ? 'network' : 'callee', code, end, rejection(target, code, said), target)
    }
    case 'no_response':
      return link(at, 'network', 'unreachable', end, `${target}: nothing answered our INVITE there`, target)
    case 'transport':
      return link(at, 'network', 'unreachable', end, `${target} cannot be reached${detail(end)}`, target)
    case 'incompatible_media':
      return link(at, 'callee', 'incompatible_media', end, `${target} answered with no audio for us${why(end)}`, target)
    case 'no_ack':
    case 'cancel':
      return link(at, 'service', 'canceled', end, `the call to ${target} was canceled before it was answered`, target)
    case 'bye':
      return link(at, 'callee', 'completed', end, `${target} hung up`, target)
  }
}

/** A 3xx that led nowhere. */
function redirection(target: string, { unusable = [] }: SessionEnd, said: string): string {
  const [first] = unusable
  return first === undefined
    ? `${target} redirects, but names nobody to call instead (${said})`
    : `${target} redirects to ${clean(first)}, which is no address that can be called (${said})`
}

function rejection(target: string, code: EndCode, said: string): string {
  switch (code) {
    case 'busy':
      return `${target} is busy (${said})`
    case 'declined':
      return `${target} declined the call (${said})`
    case 'no_answer':
      return `${target} did not answer (${said})`
    case 'not_found':
      return `nobody is known as ${target} there (${said})`
    case 'not_allowed':
      return `the call to ${target} was refused: the other side does not accept us (${said})`
    case 'incompatible_media':
      return `${target} accepts none of the audio that we offered (${said})`
    case 'unreachable':
      return `${target} cannot be reached through that server (${said})`
    default:
      return `the call to ${target} was refused (${said})`
  }
}

/** How the caller's own leg came to its end. `party`: what the far end of this leg is to us. */
export function linkOfEndedLeg(end: SessionEnd, at: number, party: 'caller' | 'callee', answered: boolean): ReasonLink {
  const who = party === 'caller' ? 'the caller' : 'the other side'
  switch (end.how) {
    case 'bye':
      return link(at, party, 'completed', end, `${who} hung up`)
    case 'cancel':
      return link(at, party, 'canceled', end, `${who} hung up before the call was answered`)
    case 'no_ack':
      return link(
        at,
        'network',
        'unreachable',
        end,
        `we answered, and ${who} never confirmed it (no ACK within 32 seconds)`,
      )
    case 'transport':
      return link(at, 'network', 'unreachable', end, `the connection to ${who} broke${detail(end)}`)
    case 'incompatible_media':
      return link(at, 'service', 'incompatible_media', end, `${who} and we have no audio in common${why(end)}`)
    case 'no_response':
      return link(
        at,
        'network',
        answered ? 'media_timeout' : 'unreachable',
        end,
        `${who} stopped answering our requests`,
      )
    case 'rejected': {
      const code = codeOfStatus(end.status ?? 500)
      return link(at, 'service', code, end, `the call was refused (${end.status ?? ''}${words(end)})`)
    }
  }
}

/** @param unanswered whether the caller was not picked up yet, and is refused by it */
export function linkOfHangup(at: number, reason: HangupReason, unanswered: boolean): ReasonLink {
  const code = unanswered && reason.code === 'completed' ? 'declined' : reason.code
  const { q850, sip } = endCodes[code]
  return { at, by: reason.by ?? 'service', code, q850, sentence: reason.sentence, ...(unanswered ? { sip } : {}) }
}

export const linkOfOverload = (at: number, sentence: string): ReasonLink => ({
  ...{ at, by: 'service', code: 'overloaded', ...endCodes.overloaded, sentence },
})

/** Nothing came from the other side for so long. */
export const linkOfSilence = (at: number, seconds: number): ReasonLink => ({
  ...{ at, by: 'network', code: 'media_timeout', q850: endCodes.media_timeout.q850 },
  sentence: `nothing was heard from the other side for ${seconds} s, so the call was ended`,
})

/** The thread that carried the audio crashed. */
export const linkOfLostAudio = (at: number): ReasonLink => ({
  ...{ at, by: 'service', code: 'failed', q850: endCodes.failed.q850 },
  sentence: 'the part of the service that carried the audio of the call failed; the log says why',
})

/** A placed call that was given up was not hung up by a caller: it has none. */
export function linkOfGivenUp(link: ReasonLink, signal: AbortSignal): ReasonLink {
  if (!signal.aborted || link.code !== 'canceled') return link
  return {
    ...link,
    by: 'operator',
    sentence: `the call to ${link.target ?? 'the target'} was given up before it was answered`,
  }
}

/** The attempts that the end of a call cut off. @param targets who was rung */
export const linksCutOff = (targets: readonly string[], { at, by }: ReasonLink): readonly ReasonLink[] =>
  targets.map((target) => {
    const sentence = `${target} was still being rung when the call ended`
    return { at, by, code: 'canceled', q850: endCodes.canceled.q850, target, sentence }
  })
