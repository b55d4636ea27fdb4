import { Turns } from '../../base/turns.ts'
import { newId } from '../../phone/id.ts'
import { typedSince, type UssdReply, type UssdRequest } from '../../phone/ussd.ts'
import { followMenu } from './follow-menu.ts'
import { followProgram } from './follow-program.ts'
import type { HeldUssdSession, UssdCode, UssdPorts, UssdPosition } from './ports.ts'

/** A phone that answers screens by itself would go on without an end. */
const mostHops = 200
const sorry = 'Sorry, this service is not available at the moment. Please try again later.'

/** What a request of a session came to. */
export interface Followed {
  readonly at: UssdPosition
  readonly text: string
  readonly ends: boolean
}

/** A request, what was typed since the one before, and where the session stood; absent: it begins. */
export interface Turn {
  readonly id: string
  readonly code: UssdCode
  readonly request: UssdRequest
  readonly at: UssdPosition | undefined
  readonly typed: string
}

/**
 * Answers what gateways ask. Requests of one session are taken one after the other; one that comes a second time is given
 * the same answer, and nothing is done again.
 */
export class UssdDesk {
  readonly #ports: UssdPorts
  readonly #turns = new Turns()

  constructor(ports: UssdPorts) {
    this.#ports = ports
  }

  /** Sessions that are being answered. */
  get open(): number {
    return this.#turns.size
  }

  /** Never rejects for what is typed or for what a menu or a program does; rejects where the store fails. */
  answer(request: UssdRequest): Promise<UssdReply> {
    const key = JSON.stringify([request.session, request.phone, request.code])
    return this.#turns.take(key, () => this.#answer(request))
  }

  async #answer(request: UssdRequest): Promise<UssdReply> {
    const { clock, log } = this.#ports
    const code = await this.#ports.code(request.code)
    if (code === undefined) {
      log.warn({ code: request.code }, 'a gateway asked for a service code that nothing answers here')
      return { text: `Nothing is offered at ${request.code}.`, ends: true }
    }
    const held = await this.#ports.find(request)
    // Gateways ask again where they heard no answer.
    if (held !== undefined && held.heard === request.text) return { text: held.reply, ends: held.ends }
    const again = `Dial ${code.code} to begin again.`
    if (held !== undefined && held.at === undefined) return { text: `This session is over. ${again}`, ends: true }
    const now = clock.wall()
    const session = held ?? fresh(now)
    if (held !== undefined && now > held.expiresAt) {
      return this.#end(request, session, 'timed_out', `You took too long. ${again}`)
    }
    if (session.hops >= mostHops) return this.#end(request, session, 'too_long', `This went on for too long. ${again}`)
    const typed = held === undefined ? undefined : typedSince(held.heard, request.text)
    // What does not go on from where the session was is a way of its own, from the first screen.
    const turn: Turn = {
      ...{ id: session.id, code, request },
      ...(typed === undefined ? { at: undefined, typed: request.text } : { at: session.at, typed }),
    }
    let followed: Followed
    try {
      followed = await (code.by.kind === 'menu'
        ? followMenu(turn, code.by.menu, this.#ports)
        : followProgram(turn, code.by.url, this.#ports))
    } catch (error) {
      log.error({ session: session.id, code: code.code, err: error }, 'a USSD session failed')
      return this.#end(request, session, 'failed', sorry)
    }
    const { at, text, ends } = followed
    await this.#ports.put(request, {
      ...{ ...session, heard: request.text, reply: text, ends, hops: session.hops + 1, reason: undefined },
      ...{ at: ends ? undefined : at, expiresAt: now + code.seconds * 1000 },
    })
    return { text, ends }
  }

  async #end(request: UssdRequest, session: HeldUssdSession, reason: string, text: string): Promise<UssdReply> {
    const over = { ...session, at: undefined, heard: request.text, reply: text, ends: true, hops: session.hops + 1 }
    await this.#ports.put(request, { ...over, reason })
    return { text, ends: true }
  }
}

const fresh = (now: number): HeldUssdSession => ({
  ...{ id: newId('ussd_session', now), at: undefined, heard: '', reply: '', ends: false, hops: 0, reason: undefined },
  ...{ startedAt: now, expiresAt: now },
})
