import { type Address, addressKey } from '../../phone/address.ts'
import type { OfferPolicy } from '../../phone/offer.ts'
import type { EndCode } from '../../phone/reason.ts'
import type { SrtpPolicy } from '../../phone/srtp.ts'
import { switchTarget } from '../../phone/switch-uri.ts'
import type { Flow } from '../../sip/message/message.ts'
import type { Directory, Trunk } from './directory.ts'
import { userPart } from './user-part.ts'

/** One place that a target is rung at. */
export type Destination = SipDestination | InnerDestination

/** The app of one of our own numbers, in this process. */
export interface InnerDestination {
  /** E.164. */
  readonly inner: string
}

/** One place to send an INVITE to. */
export interface SipDestination {
  /** The Request-URI; of another scheme, the switch that calls. */
  readonly uri: string
  /** Where it is sent instead of where the URI points: the flow of a registration, or a trunk's address. */
  readonly via?: { readonly kind: 'flow'; readonly flow: Flow } | { readonly kind: 'proxy'; readonly uri: string }
  readonly credentials?: { readonly username: string; readonly password: string }
  /** Whose phone it is, where it is one of ours. */
  readonly extension?: string
  /** The id of the trunk that carries it, where one does. */
  readonly trunk?: string
  /** Written by a user: it may lead anywhere. */
  readonly foreign?: true
  /** `allowed` unless given. */
  readonly srtp?: SrtpPolicy
  /** `early` unless given. */
  readonly offer?: OfferPolicy
}

/** Where a target is rung: at several places at once, or nowhere and why. */
export type Route =
  | { readonly kind: 'destinations'; readonly destinations: readonly Destination[] }
  | { readonly kind: 'refused'; readonly code: EndCode; readonly sentence: string }

/** A registered contact and how it is reached. */
export interface Contact {
  readonly uri: string
  readonly flow: Flow
}

/** Of two numbers that lead to each other each hop is a call, and one who calls there would be up in all of them. */
export const mostHops = 5

/** How a call came here, and how far it may go on. */
export interface Way {
  readonly maxForwards: number
  /** Numbers of ours that led to the call, first to last. */
  readonly passed: readonly string[]
}

export const firstWay: Way = { maxForwards: 70, passed: [] }

/** @param number E.164 of ours that is called next */
export const onward = ({ maxForwards, passed }: Way, number: string): Way => ({
  maxForwards: Math.max(0, maxForwards - 1),
  passed: [...passed, number],
})

export interface Router {
  readonly directory: Directory
  /** As in Way. */
  readonly passed: readonly string[]
  /** Id of the trunk that was asked for. */
  readonly trunk?: string | undefined
  /** Why no calls are taken at our numbers at the moment. */
  closed(): string | undefined
  contacts(username: string): Promise<readonly Contact[]>
  /** Calls that a trunk carries now, in both directions. */
  carriedBy(trunk: string): number
  /** Why what this URI leads to can place no calls now. */
  away(uri: string): string | undefined
}

/** @param from the caller id in use; @param number E.164 of ours that the call is for. Either may choose the trunk. */
export async function route(to: Address, from: Address, number: string | undefined, router: Router): Promise<Route> {
  switch (to.kind) {
    case 'extension':
      return routeExtension(to.username, router)
    case 'uri': {
      const why = await router.directory.forbids(to)
      if (why !== undefined) return refused('not_allowed', why)
      return { kind: 'destinations', destinations: [{ uri: to.uri, foreign: true }] }
    }
    case 'anonymous':
      return refused('not_found', 'an anonymous address cannot be called')
    case 'number': {
      const username = await router.directory.extensionOfNumber(to.e164)
      if (username !== undefined) return routeExtension(username, router)
      if (await router.directory.owns(to.e164)) return routeInner(to.e164, router)
      const why = await router.directory.forbids(to)
      if (why !== undefined) return refused('not_allowed', why)
      const trunk = await router.directory.trunkFor(from, number, router.trunk)
      if (trunk === undefined) {
        return refused(
          'unreachable',
          `no trunk carries calls to ${to.e164}; add one with "default": true to reach numbers outside`,
        )
      }
      const carried = router.carriedBy(trunk.id)
      if (carried >= trunk.maxCalls) {
        return refused(
          'unreachable',
          `the trunk ${trunk.name} carries ${carried} calls already, and its setting maxCalls allows ${trunk.maxCalls}`,
        )
      }
      const away = router.away(trunk.uri)
      if (away !== undefined) return refused('unreachable', `the trunk ${trunk.name} carries no calls now: ${away}`)
      return { kind: 'destinations', destinations: [overTrunk(trunk, addressKey(to))] }
    }
  }
}

/** Sent out, it would come back in by the carrier; so it is answered here as if it had. */
function routeInner(e164: string, { passed, closed }: Router): Route {
  const shut = closed()
  if (shut !== undefined) return refused('overloaded', `${e164} was not rung: ${shut}`)
  if (passed.length < mostHops) return { kind: 'destinations', destinations: [{ inner: e164 }] }
  return refused(
    'too_many_hops',
    `${e164} was not rung: the call came through ${passed.length} numbers of this site (${passed.join(', ')}), and through ${mostHops} it may go`,
  )
}

async function routeExtension(username: string, router: Router): Promise<Route> {
  const contacts = await router.contacts(username)
  if (contacts.length > 0) {
    const srtp = await router.directory.srtpOf(username)
    return {
      kind: 'destinations',
      destinations: contacts.map(({ uri, flow }) => ({ uri, via: { kind: 'flow', flow }, extension: username, srtp })),
    }
  }
  return (await router.directory.credentials(username)) === undefined
    ? refused('not_found', `there is no extension ${username}`)
    : refused('not_registered', `${username} is not registered: no phone has signed in with that extension`)
}

function overTrunk(trunk: Trunk, e164: string): SipDestination {
  if (!/^sips?:/i.test(trunk.uri)) return { uri: switchTarget(trunk.uri, e164), trunk: trunk.id }
  const place = trunk.uri.replace(/^(sips?:)(?:[^@]*@)?/i, '')
  const scheme = /^sips:/i.test(trunk.uri) ? 'sips' : 'sip'
  const { username, password, srtp, offer } = trunk
  return {
    uri: `${scheme}:${userPart(e164)}@${place}`,
    via: { kind: 'proxy', uri: trunk.uri },
    trunk: trunk.id,
    ...(srtp === undefined ? {} : { srtp }),
    ...(offer === undefined ? {} : { offer }),
    ...(username === undefined || password === undefined ? {} : { credentials: { username, password } }),
  }
}

const refused = (code: EndCode, sentence: string): Route => ({ kind: 'refused', code, sentence })
