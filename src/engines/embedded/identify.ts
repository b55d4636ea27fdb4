import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { CallSource } from '../../phone/call.ts'
import { type Credentials, makeCredentials } from '../../sip/auth/digest.ts'
import type { DigestVerifier } from '../../sip/auth/verifier.ts'
import type { Flow, SipRequest } from '../../sip/message/message.ts'
import type { Bans } from './bans.ts'
import type { Directory, Trunk } from './directory.ts'
import type { Networks } from './networks.ts'

/** Who sent a request, as far as it was proved, or what it is answered. */
export type Identity =
  | { readonly kind: 'known'; readonly source: Exclude<CallSource, { readonly kind: 'service' }> }
  | { readonly kind: 'challenge'; readonly stale: boolean; readonly wrong: string | undefined }
  | { readonly kind: 'malformed'; readonly sentence: string }

export interface Identification {
  readonly verifier: DigestVerifier
  readonly directory: Directory
  readonly trusted: Networks
  readonly bans: Bans
  readonly clock: Clock
  readonly log: Logger
  /** The trunk whose server has this address. */
  trunkAt(address: string): Trunk | undefined
}

/**
 * Proof by digest counts before the address, so that a phone on a trusted host is still the extension that it is. A
 * stranger learns nothing: whoever it names and whatever is wrong, the answer is the same challenge.
 */
export async function identify(request: SipRequest, flow: Flow, by: Identification): Promise<Identity> {
  const address = flow.remoteAddress
  const read = by.verifier.read([
    ...request.headers.all('Authorization'),
    ...request.headers.all('Proxy-Authorization'),
  ])
  switch (read.kind) {
    case 'fault':
      return { kind: 'malformed', sentence: read.sentence }
    case 'proof': {
      const { proof } = read
      const known = by.trusted.has(address) || by.trunkAt(address) !== undefined
      const suspect = known ? { address, username: proof.username } : { address }
      // At an address that is not trusted a banned one is not even read; here the right password counts for nothing, and the answer is as ever.
      if (by.bans.banned(suspect, by.clock.now())) return challenge(false)
      const holder = await holderOf(proof.username, by)
      const verdict = by.verifier.verify(proof, request.method, holder?.credentials)
      switch (verdict.kind) {
        case 'accepted':
          by.bans.succeeded(suspect)
          return holder === undefined ? challenge(false) : { kind: 'known', source: holder.source }
        case 'stale':
          return challenge(true)
        case 'refused': {
          const banned = by.bans.failed(suspect, by.clock.now())
          by.log.warn({ address, username: proof.username, banned }, 'digest credentials were wrong')
          return challenge(false, proof.username)
        }
      }
      break
    }
    case 'none': {
      const trusted = by.trusted.has(address)
      if (trusted && (await claimsExtension(request, by.directory))) return challenge(false)
      const trunk = by.trunkAt(address)
      if (trunk !== undefined) return { kind: 'known', source: { kind: 'trunk', id: trunk.id, name: trunk.name } }
      return trusted ? { kind: 'known', source: { kind: 'trusted', address } } : challenge(false)
    }
  }
}

const challenge = (stale: boolean, wrong?: string): Identity => ({ kind: 'challenge', stale, wrong })

interface Holder {
  readonly credentials: Credentials
  readonly source: Exclude<CallSource, { readonly kind: 'service' }>
}

async function holderOf(username: string, by: Identification): Promise<Holder | undefined> {
  const credentials = await by.directory.credentials(username)
  if (credentials !== undefined) return { credentials, source: { kind: 'extension', username } }
  const trunk = (await by.directory.trunks()).find((t) => t.username === username && t.password !== undefined)
  if (trunk?.password === undefined) return undefined
  return {
    credentials: makeCredentials(username, by.verifier.realm, trunk.password),
    source: { kind: 'trunk', id: trunk.id, name: trunk.name },
  }
}

/** Who names one of our extensions from a trusted network is that extension's phone, and has to prove it. */
async function claimsExtension(request: SipRequest, directory: Directory): Promise<boolean> {
  const { uri } = request.from
  if ((uri.scheme !== 'sip' && uri.scheme !== 'sips') || uri.user === undefined) return false
  return (await directory.credentials(uri.user)) !== undefined
}
