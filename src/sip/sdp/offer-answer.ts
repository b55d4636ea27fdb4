import { isIP } from 'node:net'
import { agreedKeys, type CryptoAttribute } from './crypto.ts'
import type { AudioCodec, Direction, LocalMedia, LocalSrtp, NegotiatedMedia } from './media.ts'
import {
  type CodecMapping,
  directionOf,
  isSecure,
  type MediaDescription,
  type OtherLine,
  type RtpProtocol,
  receives,
  sends,
} from './media-description.ts'

interface Agreement {
  readonly local: MediaDescription
  readonly remote: MediaDescription
}

interface NegotiationBase {
  readonly sessionId: string
  /** The last description that we sent; its version goes up when the next one differs (RFC 3264 §8). */
  readonly sent?: MediaDescription
  /** What held before the offer that is under way. */
  readonly agreed?: Agreement
}

/** RFC 3264 as a pure machine. `stable` without `agreed`: nothing was offered yet. */
export type Negotiation = NegotiationBase &
  (
    | { readonly phase: 'stable' }
    | { readonly phase: 'offer_sent'; readonly offer: MediaDescription }
    | { readonly phase: 'offer_received'; readonly offer: MediaDescription }
  )

export type NegotiationEvent =
  | { readonly kind: 'make_offer'; readonly local: LocalMedia; readonly direction: Direction }
  | { readonly kind: 'offer_received'; readonly remote: MediaDescription }
  /** Not final: in an unreliable provisional response, to be said again in the 2xx. */
  | { readonly kind: 'make_answer'; readonly local: LocalMedia; readonly direction: Direction; readonly final: boolean }
  | { readonly kind: 'answer_received'; readonly remote: MediaDescription; readonly final: boolean }
  /** The offer under way was refused; what held before holds again. */
  | { readonly kind: 'offer_rejected' }

export type NegotiationStep =
  | {
      readonly kind: 'ok'
      readonly negotiation: Negotiation
      /** To be sent. */
      readonly description?: MediaDescription
      readonly media?: NegotiatedMedia
    }
  | { readonly kind: 'fault'; readonly status: 488 | 491; readonly sentence: string }

/** @param sessionId digits, unique per call on this host */
export const newNegotiation = (sessionId: string): Negotiation => ({ phase: 'stable', sessionId })

export function negotiate(state: Negotiation, event: NegotiationEvent): NegotiationStep {
  switch (event.kind) {
    case 'make_offer':
      return makeOffer(state, event.local, event.direction)
    case 'offer_received':
      if (state.phase !== 'stable') return pending(state.phase)
      return offerReceived(state, event.remote)
    case 'make_answer':
      if (state.phase !== 'offer_received') return fault(491, 'There is no offer to answer.')
      return makeAnswer(state, state.offer, event)
    case 'answer_received':
      if (state.phase !== 'offer_sent') return fault(491, 'An answer came, but no offer is under way.')
      return answerReceived(state, state.offer, event.remote, event.final)
    case 'offer_rejected':
      return { kind: 'ok', negotiation: stable(state, state.agreed) }
  }
}

function makeOffer(state: Negotiation, local: LocalMedia, direction: Direction): NegotiationStep {
  if (state.phase !== 'stable') return pending(state.phase)
  const before = state.agreed
  // Codecs keep the payload types that they had in this session (RFC 3264 §8.3.2).
  const known = before === undefined ? [] : [...before.local.codecs, ...before.remote.codecs]
  const telephoneEvent = before?.local.telephoneEvent ?? before?.remote.telephoneEvent
  const description = describe(state, local, {
    codecs: local.codecs.map((name) => ({ name, payloadType: payloadTypeOf(name, known) })),
    ...(local.telephoneEvent === false ? {} : { telephoneEvent: telephoneEvent ?? freeEvent(known) }),
    direction,
    rtcpMux: true,
    audioLine: before?.local.audioLine ?? 0,
    otherLines: before?.local.otherLines ?? [],
    ...offeredSrtp(local.srtp, before),
  })
  return {
    kind: 'ok',
    negotiation: { ...base(state, description), phase: 'offer_sent', offer: description },
    description,
  }
}

/** A session keeps to what it is: with SRTP and its suite, or without. */
function offeredSrtp(srtp: LocalSrtp | undefined, before: Agreement | undefined): Pick<Shape, 'protocol' | 'crypto'> {
  const agreed = agreedKeys(before?.local.crypto, before?.remote.crypto)
  const protocol = before?.local.protocol
  if (srtp !== undefined && agreed !== undefined) {
    const key = srtp.keys.find(({ suite }) => suite === agreed.send.suite) ?? agreed.send
    return { ...(protocol === undefined ? {} : { protocol }), crypto: [{ tag: agreed.tag, key }] }
  }
  const all = srtp?.keys.map((key, index): CryptoAttribute => ({ tag: index + 1, key }))
  if (srtp?.mode === 'require' && all !== undefined) return { protocol: 'RTP/SAVP', crypto: all }
  if (before !== undefined) return protocol === 'RTP/AVPF' ? { protocol } : {}
  return srtp?.mode === 'offer' && all !== undefined ? { crypto: all } : {}
}

function offerReceived(state: Negotiation, remote: MediaDescription): NegotiationStep {
  if (remote.codecs.length === 0) return fault(488, 'The offer has no codec that this server knows (PCMU, PCMA).')
  if (remote.port === 0 && state.agreed === undefined) return fault(488, 'The offer has port 0 for the audio.')
  return { kind: 'ok', negotiation: { ...base(state), phase: 'offer_received', offer: remote } }
}

function makeAnswer(
  state: Negotiation,
  offered: MediaDescription,
  { local, direction: wanted, final }: Extract<NegotiationEvent, { kind: 'make_answer' }>,
): NegotiationStep {
  const key = answeredKey(local.srtp, offered)
  const offer = key === undefined ? (offered.plain ?? offered) : offered
  const unfit = unfitForSrtp(local.srtp, offer, key)
  if (unfit !== undefined) return fault(488, unfit)
  // One codec, the offerer's first: the other side can then not change it in mid-talk without asking.
  const codec = offer.codecs.find(({ name }) => local.codecs.includes(name))
  if (codec === undefined) {
    return fault(488, `The offer has none of the codecs that this call takes (${local.codecs.join(', ')}).`)
  }
  const astray = unreachable(offer, local.address)
  if (astray !== undefined) return fault(488, astray)
  const telephoneEvent = local.telephoneEvent === false ? undefined : offer.telephoneEvent
  const theirs = heldDirection(offer)
  const refused = offer.port === 0
  const description = describe(
    state,
    { ...local, port: refused ? 0 : local.port },
    {
      codecs: [codec],
      ...(telephoneEvent === undefined ? {} : { telephoneEvent }),
      direction: refused
        ? 'inactive'
        : directionOf(sends(wanted) && receives(theirs), receives(wanted) && sends(theirs)),
      rtcpMux: offer.rtcpMux,
      audioLine: offer.audioLine,
      otherLines: offer.otherLines,
      ...(offer.protocol === undefined ? {} : { protocol: offer.protocol }),
      ...(key === undefined ? {} : { crypto: [key] }),
    },
  )
  const agreement = { local: description, remote: offer }
  return {
    kind: 'ok',
    negotiation: final
      ? stable(base(state, description), agreement)
      : { ...base(state, description), phase: 'offer_received', offer: offered },
    description,
    media: negotiated(agreement, codec),
  }
}

/** Our key for the first of theirs that we have a suite for. */
function answeredKey(srtp: LocalSrtp | undefined, { crypto }: MediaDescription): CryptoAttribute | undefined {
  for (const { tag, key: theirs } of crypto ?? []) {
    const ours = srtp?.keys.find(({ suite }) => suite === theirs.suite)
    if (ours !== undefined) return { tag, key: ours }
  }
  return undefined
}

function unfitForSrtp(
  srtp: LocalSrtp | undefined,
  offer: MediaDescription,
  key: CryptoAttribute | undefined,
): string | undefined {
  if (key !== undefined || offer.port === 0) return undefined
  if (isSecure(offer)) return 'The offer has SRTP only (RTP/SAVP), which is switched off here.'
  return srtp?.mode === 'require'
    ? 'The offer has no SRTP (RTP/SAVP with a=crypto), which is required here.'
    : undefined
}

function answerReceived(
  state: Negotiation,
  offer: MediaDescription,
  answer: MediaDescription,
  final: boolean,
): NegotiationStep {
  const codec = answer.codecs.find(({ name }) => offer.codecs.some((offered) => offered.name === name))
  if (codec === undefined) return fault(488, 'The answer has none of the codecs that were offered.')
  if (answer.port === 0 && state.agreed === undefined) return fault(488, 'The answer refuses the audio (port 0).')
  const keyless = answer.port !== 0 && agreedKeys(offer.crypto, answer.crypto) === undefined
  const foreign = offer.crypto !== undefined && answer.crypto !== undefined
  if (keyless && (isSecure(offer) || isSecure(answer) || foreign)) {
    return fault(488, 'The answer has no key for SRTP (a=crypto) that fits one of the offer.')
  }
  const astray = unreachable(answer, offer.address)
  if (astray !== undefined) return fault(488, astray)
  const agreement = { local: offer, remote: answer }
  return {
    kind: 'ok',
    negotiation: final ? stable(base(state), agreement) : state,
    media: negotiated(agreement, codec),
  }
}

/** What our media does from now on. A side sends only what the other one receives, whatever it said itself. */
function negotiated({ local, remote }: Agreement, codec: CodecMapping): NegotiatedMedia {
  const theirs = heldDirection(remote)
  const off = remote.port === 0 || local.port === 0
  const direction = off
    ? 'inactive'
    : directionOf(sends(local.direction) && receives(theirs), receives(local.direction) && sends(theirs))
  const event = local.telephoneEvent === undefined ? undefined : remote.telephoneEvent?.payloadType
  const eventIn = event === undefined ? undefined : local.telephoneEvent?.payloadType
  // What comes in carries the numbers of our description.
  const other = local.codecs.find(({ name }) => name !== codec.name && remote.codecs.some((one) => one.name === name))
  const rtcpMux = local.rtcpMux && remote.rtcpMux
  const keys = agreedKeys(local.crypto, remote.crypto)
  return {
    address: remote.address,
    port: remote.port,
    codec: codec.name,
    payloadType: codec.payloadType,
    ...(event === undefined ? {} : { telephoneEvent: event }),
    ...(eventIn === undefined || eventIn === event ? {} : { telephoneEventIn: eventIn }),
    ...(other === undefined ? {} : { otherCodec: { codec: other.name, payloadType: other.payloadType } }),
    direction,
    rtcpMux,
    rtcpPort: rtcpMux ? remote.port : (remote.rtcp?.port ?? Math.min(remote.port + 1, 65_535)),
    ptime: remote.ptime ?? 20,
    ...(keys === undefined ? {} : { srtp: { send: keys.send, receive: keys.receive } }),
  }
}

/**
 * Why our packets cannot get to where the other side wants them. A name would have to be resolved for every offer, which
 * nobody sends (RFC 8866 §5.7 allows it); a socket of IPv4 does not reach IPv6.
 */
function unreachable({ address }: MediaDescription, ours: string): string | undefined {
  const family = isIP(address)
  if (family === 0) return 'The audio is wanted at a name; this server takes an IP address.'
  if (family === 6 && isIP(ours) === 4) return 'The audio is wanted at an IPv6 address, and this call goes by IPv4.'
  return undefined
}

/** The direction of a description, with the hold of RFC 2543 (`c=0.0.0.0`, RFC 3264 §8.4) taken as "does not receive". */
export function heldDirection(description: MediaDescription): Direction {
  const nowhere = description.address === '0.0.0.0' || description.address === '::'
  return nowhere ? directionOf(sends(description.direction), false) : description.direction
}

interface Shape {
  readonly codecs: readonly CodecMapping[]
  readonly telephoneEvent?: { readonly payloadType: number; readonly rate: number }
  readonly direction: Direction
  readonly rtcpMux: boolean
  readonly audioLine: number
  readonly otherLines: readonly OtherLine[]
  readonly protocol?: Exclude<RtpProtocol, 'RTP/AVP'>
  readonly crypto?: readonly CryptoAttribute[]
}

function describe(state: Negotiation, local: LocalMedia, shape: Shape): MediaDescription {
  const content = {
    address: local.address,
    port: local.port,
    ptime: 20,
    ...shape,
  }
  const origin = { username: '-', sessionId: state.sessionId, address: state.sent?.origin.address ?? local.address }
  if (state.sent === undefined) return { origin: { ...origin, version: '1' }, ...content }
  const { origin: last, ...lastContent } = state.sent
  const same = JSON.stringify(sorted(content)) === JSON.stringify(sorted(lastContent))
  const version = same ? last.version : String(Number(last.version) + 1)
  return { origin: { ...origin, version }, ...content }
}

const sorted = (value: object): [string, unknown][] =>
  (Object.entries(value) as [string, unknown][]).sort(([a], [b]) => (a < b ? -1 : 1))

const staticType: Readonly<Record<AudioCodec, number>> = { PCMU: 0, PCMA: 8 }

const payloadTypeOf = (name: AudioCodec, known: readonly CodecMapping[]): number =>
  known.find((codec) => codec.name === name)?.payloadType ?? staticType[name]

// 101 by custom, unless this session uses that number for a codec.
function freeEvent(known: readonly CodecMapping[]): { payloadType: number; rate: number } {
  let payloadType = 101
  while (known.some((codec) => codec.payloadType === payloadType)) payloadType += 1
  return { payloadType, rate: 8000 }
}

function base(state: Negotiation, sent = state.sent): NegotiationBase {
  return {
    sessionId: state.sessionId,
    ...(sent === undefined ? {} : { sent }),
    ...(state.agreed === undefined ? {} : { agreed: state.agreed }),
  }
}

const stable = (state: NegotiationBase, agreed: Agreement | undefined): Negotiation => ({
  sessionId: state.sessionId,
  ...(state.sent === undefined ? {} : { sent: state.sent }),
  ...(agreed === undefined ? {} : { agreed }),
  phase: 'stable',
})

const fault = (status: 488 | 491, sentence: string): NegotiationStep => ({ kind: 'fault', status, sentence })

const pending = (phase: 'offer_sent' | 'offer_received'): NegotiationStep =>
  fault(
    491,
    phase === 'offer_sent' ? 'An offer of ours is not answered yet.' : 'An offer of theirs is not answered yet.',
  )
