import type { MediaStream } from '../../media/plane.ts'
import type { Address } from '../../phone/address.ts'
import type { HeaderEntries } from '../../sip/message/headers.ts'
import type { NameAddr } from '../../sip/message/message.ts'
import { parseUri } from '../../sip/message/uri.ts'
import type { AudioCodec, LocalMedia, LocalSrtp } from '../../sip/sdp/media.ts'
import type { Target } from '../../sip/transaction/layer.ts'
import type { ClientSessionHandlers } from '../../sip/user-agent/session.ts'
import type { UserAgent } from '../../sip/user-agent/user-agent.ts'
import type { EmbeddedEngineOptions } from './engine-options.ts'
import { Leg, type Near } from './leg.ts'
import type { SipDestination } from './route.ts'
import { srtpOf } from './srtp.ts'

export type Placing = { readonly ua: UserAgent } & Pick<
  EmbeddedEngineOptions,
  'plane' | 'own' | 'log' | 'sipPort' | 'tlsPort' | 'forbids'
>

/** The rules of the site keep us from calling there. */
export class Forbidden extends Error {
  override readonly name = 'Forbidden'
}

/** What is to carry the call cannot be reached now. */
export class CarrierAway extends Error {
  override readonly name = 'CarrierAway'
}

export interface PlaceOptions {
  readonly destination: SipDestination
  readonly from: Address
  readonly near?: Near
  readonly maxForwards: number
  readonly headers: HeaderEntries
  /** As in Caller. */
  readonly codecs?: readonly AudioCodec[]
  /** Awaited when all is ready but the INVITE. */
  readonly ready?: () => Promise<() => void>
  handlers(leg: Leg): ClientSessionHandlers
}

const codecs: readonly AudioCodec[] = ['PCMU', 'PCMA']

/** What is asked of a stream besides its peer. */
export interface StreamWishes {
  readonly near?: Near
  readonly srtp: LocalSrtp | undefined
  readonly codecs?: readonly AudioCodec[] | undefined
}

/** A stream for this peer, and what the peer is told of it. */
export async function openStream(
  { plane, own }: Pick<Placing, 'plane' | 'own'>,
  peer: string,
  { near, srtp, codecs = preferring(near?.codec) }: StreamWishes,
): Promise<{ readonly stream: MediaStream; readonly media: LocalMedia }> {
  const stream = await plane.open({ bind: own.bindFor(peer), ...(near === undefined ? {} : { near: near.stream }) })
  const media = { address: own.towards(peer), port: stream.localPort, codecs }
  return { stream, media: srtp === undefined ? media : { ...media, srtp } }
}

/** Opens a stream and sends the INVITE. Rejects with a sentence when the destination cannot be found or no port is left. */
export async function place(by: Placing, options: PlaceOptions): Promise<Leg> {
  const { destination, near } = options
  const target = await targetOf(by.ua, destination)
  if (destination.foreign === true) refuseForbidden(target, by)
  const peer = 'flow' in target ? target.flow.remoteAddress : target.destinations[0]?.address
  if (peer === undefined) throw new Error(`${destination.uri} has no address`)
  // A forward to a URI that leads back here would ring itself until Max-Forwards is used up, a call within a call 70 deep.
  const port = 'flow' in target ? target.flow.remotePort : target.destinations[0]?.port
  if (port !== undefined && [by.sipPort, by.tlsPort].includes(port) && by.own.towards(peer) === peer)
    throw new Error('that URI is the address of this service itself; name the extension or the number')
  const transport = 'flow' in target ? target.flow.transport : target.destinations[0]?.transport
  const srtp = srtpOf(destination.srtp ?? 'allowed', transport === 'TLS')
  const wishes = { ...(near === undefined ? {} : { near }), srtp, codecs: options.codecs }
  const { stream, media } = await openStream(by, peer, wishes)
  const leg = new Leg(stream, by.log)
  leg.owner = ownerOf(destination)
  try {
    const left = await options.ready?.()
    leg.attach(
      by.ua.invite({
        uri: destination.uri,
        from: fromHeader(options.from, destination, media.address),
        via: { kind: 'target', target },
        ...(destination.credentials === undefined ? {} : { login: destination.credentials }),
        media,
        offer: destination.offer === 'delayed' ? 'theirs' : 'ours',
        maxForwards: options.maxForwards,
        headers: options.headers,
        handlers: options.handlers(leg),
      }),
    )
    left?.()
  } catch (error) {
    await stream.close()
    throw error
  }
  return leg
}

const ownerOf = ({ extension, trunk }: SipDestination): Leg['owner'] => {
  if (extension !== undefined) return { kind: 'extension', username: extension }
  return trunk === undefined ? undefined : { kind: 'trunk', id: trunk }
}

/** A name that also leads where nobody may be called is not to be trusted at all. @throws Forbidden */
function refuseForbidden(target: Target, { forbids }: Placing): void {
  const addresses = 'flow' in target ? [target.flow.remoteAddress] : target.destinations.map(({ address }) => address)
  for (const address of addresses) {
    const refusal = forbids?.(address)
    if (refusal !== undefined) throw new Forbidden(refusal)
  }
}

/** The codec of the other leg first, so that nothing has to be translated. */
export const preferring = (codec: AudioCodec | undefined): readonly AudioCodec[] =>
  codec === undefined ? codecs : [codec, ...codecs.filter((c) => c !== codec)]

function targetOf(ua: UserAgent, destination: SipDestination): Promise<Target> | Target {
  const { via } = destination
  if (via === undefined) return ua.locate(destination.uri)
  return via.kind === 'flow' ? { flow: via.flow } : ua.locate(via.uri)
}

/** Who calls, as the one who is called sees it. */
export function fromHeader(
  from: Address,
  destination: Pick<SipDestination, 'uri' | 'credentials'>,
  ourHost: string,
): NameAddr {
  const params = new Map<string, string>()
  switch (from.kind) {
    case 'anonymous':
      // RFC 3323 §4.1.1.3.
      return {
        displayName: 'Anonymous',
        uri: { scheme: 'sip', user: 'anonymous', host: 'anonymous.invalid', params },
        params,
      }
    case 'uri': {
      const uri = parseUri(from.uri)
      if (uri !== undefined && uri.scheme !== 'other') return named(from.name, { uri, params })
      // A phone of a switch, by whatever name it has there: to phones by SIP it is one of this host.
      const [, user] = /^(?!sips?:|tel:)[a-z]+:(.+)$/is.exec(from.uri) ?? []
      if (user === undefined) throw new Error(`the caller id ${from.uri} is no URI`)
      return named(from.name, { uri: { scheme: 'sip', user, host: hostOf(destination, ourHost), params }, params })
    }
    case 'extension':
    case 'number': {
      const user = from.kind === 'number' ? from.e164 : from.username
      return named(from.name, { uri: { scheme: 'sip', user, host: hostOf(destination, ourHost), params }, params })
    }
  }
}

const named = (name: string | undefined, address: NameAddr): NameAddr =>
  name === undefined ? address : { displayName: name, ...address }

/** A carrier that we sign in at knows us under its own domain. */
function hostOf(destination: Pick<SipDestination, 'uri' | 'credentials'>, ourHost: string): string {
  if (destination.credentials === undefined) return ourHost
  const uri = parseUri(destination.uri)
  return uri?.scheme === 'sip' || uri?.scheme === 'sips' ? uri.host : ourHost
}
