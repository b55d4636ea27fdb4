import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Address } from '../../phone/address.ts'
import type { CallSource } from '../../phone/call.ts'
import { type CallId, newId } from '../../phone/id.ts'
import { type CallEnd, type EndCode, endCodes, endOf, type ReasonLink } from '../../phone/reason.ts'
import { type DigestChoice, DigestVerifier } from '../../sip/auth/verifier.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { IncomingRequest } from '../../sip/user-agent/options.ts'
import { Bans } from './bans.ts'
import type { Directory, Trunk } from './directory.ts'
import { identify } from './identify.ts'
import { Networks } from './networks.ts'
import { calledParty, callingParty } from './parties.ts'

/** A call that never reached an app: refused at the door, or placed and not answered. */
export interface RefusedCall {
  readonly id: CallId
  readonly direction: 'inbound' | 'outbound'
  readonly from: Address
  readonly to: Address
  readonly startedAt: number
  readonly end: CallEnd
}

export interface FrontDoorOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly directory: Directory
  readonly realm: string
  /** What challenges offer, first to last; anything else is refused. */
  readonly digest: readonly DigestChoice[]
  readonly trusted: readonly string[]
  readonly country: string | undefined
  trunkAt(address: string): Trunk | undefined
  refused(call: RefusedCall, request: SipRequest): void
}

/** Lets requests in whose sender is known, and challenges all others alike. */
export class FrontDoor {
  readonly #options: FrontDoorOptions
  readonly #verifier: DigestVerifier
  readonly #trusted: Networks
  readonly #bans = new Bans()
  readonly #sources = new WeakMap<SipRequest, CallSource>()

  constructor(options: FrontDoorOptions) {
    const { realm, digest, clock, trusted } = options
    this.#options = options
    this.#verifier = new DigestVerifier({ realm, clock, algorithms: digest })
    this.#trusted = new Networks(trusted)
  }

  /** Whether what comes from this address is not even read at the moment. */
  banned(address: string): boolean {
    return this.#bans.banned({ address }, this.#options.clock.now())
  }

  /** Who sent a request that was admitted. */
  sourceOf(request: SipRequest): CallSource {
    const source = this.#sources.get(request)
    if (source === undefined) throw new Error('a request was handed on without being admitted')
    return source
  }

  async admit(incoming: IncomingRequest): Promise<boolean> {
    const { request, flow } = incoming
    // Answered to anybody, and the same to everybody: carriers and phones ask whether we are there.
    if (request.method === 'OPTIONS') return true
    const { clock, directory, log, trunkAt } = this.#options
    const identity = await identify(request, flow, {
      verifier: this.#verifier,
      directory,
      trusted: this.#trusted,
      bans: this.#bans,
      clock,
      log,
      trunkAt,
    })
    switch (identity.kind) {
      case 'known':
        this.#sources.set(request, identity.source)
        return true
      case 'malformed':
        incoming.reply(400, { reason: 'Malformed Credentials' })
        return false
      case 'challenge':
        incoming.reply(401, {
          headers: this.#verifier.challenge(identity.stale).map((value) => ['WWW-Authenticate', value]),
        })
        if (identity.wrong !== undefined && request.method === 'INVITE') {
          await this.#noteWrong(incoming, identity.wrong)
        }
        return false
    }
  }

  /** Tells of a call that is refused; the answer to its INVITE is the caller's part. */
  async refuse(
    request: SipRequest,
    source: CallSource,
    why: {
      readonly code: EndCode
      readonly by: ReasonLink['by']
      readonly sip: number
      readonly sentence: string
    },
  ): Promise<void> {
    const { clock, directory, country, refused } = this.#options
    const at = clock.wall()
    const link: ReasonLink = { at, q850: endCodes[why.code].q850, ...why }
    const call: RefusedCall = {
      id: newId('call', at),
      direction: 'inbound',
      from: callingParty(request, source, country),
      to: await calledParty(request, source, directory, country),
      startedAt: at,
      end: endOf(link, [link]),
    }
    refused(call, request)
  }

  /** A phone with a mistyped password is looked for in the list of calls. Bans bound how many there can be. */
  async #noteWrong({ request, flow }: IncomingRequest, username: string): Promise<void> {
    const address = flow.remoteAddress
    await this.refuse(
      request,
      { kind: 'trusted', address },
      {
        code: 'not_allowed',
        by: 'service',
        sip: 401,
        sentence: `the password for ${JSON.stringify(username)} from ${address} was wrong, or there is no such extension`,
      },
    )
  }
}
