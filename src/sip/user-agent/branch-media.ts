import type { LocalMedia, NegotiatedMedia } from '../sdp/media.ts'
import type { MediaDescription } from '../sdp/media-description.ts'
import { type Negotiation, negotiate } from '../sdp/offer-answer.ts'

/** What was said of the media in one branch of an INVITE of ours. */
export interface BranchMedia {
  readonly negotiation: Negotiation
  /** The last answer that it may change its mind about. */
  readonly early?: MediaDescription
  /** Agreed on in an answer that is acknowledged, or by UPDATE: the 2xx changes nothing of it. */
  readonly agreed?: NegotiatedMedia
}

/** An answer to the INVITE: a provisional one that is acknowledged by PRACK or not, or the 2xx. */
export interface BranchAnswer {
  readonly kind: 'unreliable' | 'reliable' | 'success'
  /** `undefined` where it has no body. */
  readonly remote: MediaDescription | 'unreadable' | undefined
}

export interface BranchMediaStep {
  readonly state: BranchMedia
  /** To be told, as it is new. */
  readonly media?: NegotiatedMedia
  /** Ours is to be said in the PRACK or the ACK: the description of `state.negotiation.sent`. */
  readonly answers?: true
  /** A 2xx without media: the call cannot be; the sentence is absent where nothing was said at all. */
  readonly fault?: { readonly sentence?: string }
}

/**
 * What an answer makes of the media (RFC 3261 §13.2.1, RFC 3262 §5), as a pure machine: an answer to our offer, or where the
 * INVITE had none theirs, which is answered in the PRACK or the ACK.
 * @param local with what an offer of theirs is answered
 */
export function hearAnswer(state: BranchMedia, answer: BranchAnswer, local: LocalMedia | undefined): BranchMediaStep {
  const awaited = state.negotiation.phase === 'offer_sent'
  const remote = answer.remote === 'unreadable' ? undefined : answer.remote
  switch (answer.kind) {
    case 'unreliable':
      // An offer must come in an answer that is acknowledged (RFC 3262 §5); before that it is a foretaste.
      if (remote === undefined || !awaited) return { state }
      if (JSON.stringify(remote) === JSON.stringify(state.early)) return { state }
      return foretaste(state, remote)
    case 'reliable': {
      if (remote === undefined || settled(state.negotiation)) return { state }
      const step = awaited ? takeTheirs(state, remote) : answerTheirs(state, remote, local)
      // Where it is of no use the 2xx may bring a better one; that it does not ends the call then.
      return step.fault === undefined ? step : { state }
    }
    case 'success': {
      // Whatever it says, what was settled before stands, also where an offer of an UPDATE is under way.
      if (state.agreed !== undefined) return { state, media: state.agreed }
      if (!awaited) return answerTheirs(state, remote, local)
      // Some answer in the 183 and leave the 2xx empty.
      const said = answer.remote === undefined ? state.early : remote
      return said === undefined ? { state, fault: {} } : takeTheirs(state, said)
    }
  }
}

const settled = ({ phase, agreed }: Negotiation): boolean => phase === 'stable' && agreed !== undefined

function foretaste(state: BranchMedia, remote: MediaDescription): BranchMediaStep {
  const step = negotiate(state.negotiation, { kind: 'answer_received', remote, final: false })
  if (step.kind === 'fault' || step.media === undefined) return { state }
  return { state: { ...state, negotiation: step.negotiation, early: remote }, media: step.media }
}

function takeTheirs(state: BranchMedia, remote: MediaDescription): BranchMediaStep {
  const step = negotiate(state.negotiation, { kind: 'answer_received', remote, final: true })
  if (step.kind === 'fault') return { state, fault: { sentence: step.sentence } }
  if (step.media === undefined) return { state, fault: {} }
  return { state: { ...state, negotiation: step.negotiation, agreed: step.media }, media: step.media }
}

function answerTheirs(
  state: BranchMedia,
  offer: MediaDescription | undefined,
  local: LocalMedia | undefined,
): BranchMediaStep {
  if (offer === undefined || local === undefined) return { state, fault: { sentence: 'There is no offer to answer.' } }
  const received = negotiate(state.negotiation, { kind: 'offer_received', remote: offer })
  if (received.kind === 'fault') return { state, fault: { sentence: received.sentence } }
  const made = negotiate(received.negotiation, { kind: 'make_answer', local, direction: 'sendrecv', final: true })
  if (made.kind === 'fault') return { state, fault: { sentence: made.sentence } }
  if (made.media === undefined) return { state, fault: {} }
  return { state: { ...state, negotiation: made.negotiation, agreed: made.media }, media: made.media, answers: true }
}
