import type { Flow, SipRequest } from '../message/message.ts'
import { formatNameAddr, parseNameAddr } from '../message/name-addr.ts'
import { sameUri } from '../message/same-uri.ts'
import { formatUri, parseUri } from '../message/uri.ts'
import type { Binding } from './binding-store.ts'

export interface ExpiryLimits {
  /** Seconds. A shorter wish (other than 0) is answered 423. */
  readonly min: number
  /** Where the phone says nothing. */
  readonly default: number
  /** A longer wish is cut to this. */
  readonly max: number
  /** Contacts of one address of record: a further one takes the place of the oldest; more in one request are answered 403. */
  readonly contacts: number
}

export const expiryLimits: ExpiryLimits = { min: 60, default: 3600, max: 7200, contacts: 10 }

export type Registered =
  | {
      readonly kind: 'ok'
      readonly bindings: readonly Binding[]
      /** Those of this request, to tell others: new or refreshed, and taken away. */
      readonly added: readonly Binding[]
      readonly removed: readonly Binding[]
    }
  | { readonly kind: 'refused'; readonly status: 400 | 403 | 423 | 500; readonly sentence: string }

interface Wish {
  readonly contact: string
  readonly seconds: number
  readonly q: number
}

/**
 * RFC 3261 §10.3, steps 6 to 8: what a REGISTER makes of the bindings of its address of record. All or nothing.
 * @param now milliseconds since 1970
 */
export function register(
  bindings: readonly Binding[],
  request: SipRequest,
  flow: Flow,
  now: number,
  limits: ExpiryLimits = expiryLimits,
): Registered {
  const live = bindings.filter((binding) => binding.expiresAt > now)
  const contacts = request.headers.all('Contact')
  if (contacts.length === 0) return { kind: 'ok', bindings: live, added: [], removed: [] }
  const wishes = contacts.includes('*') ? wildcard(request, contacts, live) : readWishes(request, contacts, limits)
  if ('kind' in wishes) return wishes
  let next = live
  const added: Binding[] = []
  const removed: Binding[] = []
  for (const wish of wishes) {
    const old = next.find((binding) => sameContact(binding.contact, wish.contact))
    // A request that was overtaken by a later one of the same phone changes nothing.
    if (old !== undefined && old.callId === request.callId && request.cseq.number <= old.cseq) {
      return refused(500, `CSeq ${request.cseq.number} came after ${old.cseq}.`)
    }
    next = next.filter((binding) => binding !== old)
    if (wish.seconds === 0) {
      if (old !== undefined) removed.push(old)
      continue
    }
    const userAgent = request.headers.get('User-Agent')?.slice(0, 200)
    const binding: Binding = {
      contact: wish.contact,
      flow: flowOf(wish.contact, flow),
      expiresAt: now + wish.seconds * 1000,
      callId: request.callId,
      cseq: request.cseq.number,
      q: wish.q,
      ...(userAgent === undefined ? {} : { userAgent }),
    }
    added.push(binding)
    next = [...next, binding]
  }
  if (added.length > limits.contacts) {
    return refused(403, `An address may have ${limits.contacts} contacts at once; these are more.`)
  }
  // Refreshed ones stand behind the others. A phone that starts with a new port each time would else lock itself out.
  const over = Math.max(0, next.length - limits.contacts)
  return { kind: 'ok', bindings: next.slice(over), added, removed: [...removed, ...next.slice(0, over)] }
}

/**
 * Where a phone is rung: where its REGISTER came from, which is what a NAT lets through. One that names the very address
 * that it came from has no NAT before it, and means its port: it may register from another one, or for a neighbour.
 */
function flowOf(contact: string, flow: Flow): Flow {
  const uri = parseUri(contact)
  if (flow.transport !== 'UDP' || uri?.scheme !== 'sip' || uri.port === undefined) return flow
  const transport = uri.params.get('transport')?.toLowerCase() ?? 'udp'
  if (transport !== 'udp' || hostOf(uri.host) !== hostOf(flow.remoteAddress)) return flow
  return { ...flow, remotePort: uri.port }
}

const hostOf = (host: string): string => host.replace(/^\[|\]$/g, '').toLowerCase()

function wildcard(request: SipRequest, contacts: readonly string[], live: readonly Binding[]): Wish[] | Refused {
  if (contacts.length > 1) return refused(400, '`Contact: *` stands together with another Contact.')
  if (readSeconds(request.headers.get('Expires')) !== 0) return refused(400, '`Contact: *` needs `Expires: 0`.')
  return live.map(({ contact, q }) => ({ contact, q, seconds: 0 }))
}

function readWishes(request: SipRequest, contacts: readonly string[], limits: ExpiryLimits): Wish[] | Refused {
  const header = request.headers.get('Expires')
  const wishes: Wish[] = []
  for (const text of contacts) {
    const contact = parseNameAddr(text)
    if (contact === undefined || (contact.uri.scheme !== 'sip' && contact.uri.scheme !== 'sips')) {
      return refused(400, 'A Contact cannot be read as a SIP URI.')
    }
    // A malformed value counts as none (§10.2.1.1).
    const asked = readSeconds(contact.params.get('expires')) ?? readSeconds(header) ?? limits.default
    if (asked !== 0 && asked < limits.min) {
      return refused(423, `A registration must last ${limits.min} seconds or more.`)
    }
    const q = Number(contact.params.get('q') ?? '1')
    wishes.push({
      contact: formatUri(contact.uri),
      seconds: Math.min(asked, limits.max),
      q: q >= 0 && q <= 1 ? q : 1,
    })
  }
  return wishes
}

const readSeconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Math.min(Number(text), 2 ** 32 - 1) : undefined

function sameContact(a: string, b: string): boolean {
  if (a === b) return true
  const left = parseUri(a)
  const right = parseUri(b)
  return left !== undefined && right !== undefined && sameUri(left, right)
}

/** The values of Contact in the 200: every binding with the seconds that are left, at least 1. */
export function contactValues(bindings: readonly Binding[], now: number): string[] {
  const values: string[] = []
  for (const binding of bindings) {
    const uri = parseUri(binding.contact)
    if (uri === undefined) continue
    const params = new Map([['expires', String(Math.max(1, Math.ceil((binding.expiresAt - now) / 1000)))]])
    if (binding.q !== 1) params.set('q', String(binding.q))
    values.push(formatNameAddr({ uri, params }))
  }
  return values
}

type Refused = Extract<Registered, { kind: 'refused' }>
const refused = (status: Refused['status'], sentence: string): Refused => ({ kind: 'refused', status, sentence })
