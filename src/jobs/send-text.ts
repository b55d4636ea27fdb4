import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { MaybeTaken, type OutgoingText, type TextCarrier, type TextResult, Throttled } from '../phone/carrier.ts'
import type { ServiceEvent } from '../phone/event.ts'
import {
  changeMessage,
  countAttempt,
  deferSend,
  getMessage,
  type MessageRow,
  noteTry,
  requeueFor,
} from '../store/messages.ts'
import { numbersOf } from '../store/numbers.ts'
import type { Db } from '../store/store.ts'
import { Pace } from './pace.ts'
import { announce, TextLedger } from './text-ledger.ts'

/** A carrier that tries a text, and the sender that it shows. */
export interface TextHop {
  readonly name: string
  readonly carrier: TextCarrier
  readonly from: string
}

/** The carriers that try a text, the first that takes it; or why there is none. */
export type TextWay =
  | { readonly kind: 'hops'; readonly hops: readonly TextHop[] }
  | Extract<TextResult, { kind: 'failed' | 'rejected' }>

export interface TextWays {
  wayOf(text: OutgoingText & Pick<MessageRow, 'notice'>): Promise<TextWay>
  /** Texts a second by a carrier; `undefined`: as they come. */
  rateOf(carrier: string): number | undefined
  /** After how long without a report a text counts as not delivered. */
  readonly reportSeconds: number
}

export interface SendTextOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly ways: TextWays
}

export interface TextSender {
  /** One try. Rejects when it should be tried again; `lastTry` makes it give up instead. */
  send(id: string, lastTry: boolean): Promise<void>
  /** The time for a report on the text is over. */
  silent(id: string): Promise<void>
  /** A phone registered: what waits for the extension, or a number of it, is queued again. */
  receiverAppeared(username: string): Promise<void>
}

/** So long a report has that says that a text went out whose try a kill cut off, before it is sent again. */
const cutOffMs = 60_000

/** What one try came to, and by whom. */
type Tried = {
  readonly result: TextResult | { readonly kind: 'unsure'; readonly sentence: string }
  readonly hop?: TextHop
}

/**
 * Sends what is queued. At least once: killed between the sending and the note of it, the same text goes out again at
 * the next start, which is better than never, unless a report on it comes within a minute; but for texts that say `once`, of which it is then not known whether they went out.
 */
export function textSender({ db, clock, log, bus, ways }: SendTextOptions): TextSender {
  const now = (): Date => new Date(clock.wall())
  const ledger = new TextLedger({ db, clock, log, bus })
  const pace = new Pace(clock, (carrier) => ways.rateOf(carrier))
  // How often someone appeared, per receiver with a text in flight: whoever registers between "not there" and "waiting"
  // would otherwise never get it.
  const inFlight = new Map<string, { texts: number; appeared: number }>()
  // Texts whose last try ended with the service, and which wait for what the carrier may tell of it.
  const cutOff = new Set<string>()

  async function requeue(to: string): Promise<void> {
    for (const message of await requeueFor(db, to, now())) announce(bus, message)
  }

  /** Each carrier in turn; `undefined`: it is not to be sent, or not now. Rejects where a later try may do. */
  async function tryAll(message: MessageRow): Promise<Tried | undefined> {
    const { id, from, to, body, notice, once } = message
    const way = await ways.wayOf({ id, from, to, body, notice })
    if (way.kind !== 'hops') return { result: way }
    const had = way.hops.find(({ name }) => name === message.carrier)
    if (message.tryingSince !== null && had?.carrier.reports === true && !cutOff.has(id)) {
      cutOff.add(id)
      await deferSend(db, id, new Date(clock.wall() + cutOffMs))
      return undefined
    }
    let refused: Tried | undefined
    let fault: unknown
    for (const [i, hop] of way.hops.entries()) {
      const turn = i === 0 ? pace.turn(hop.name, id) : { kind: 'go', ms: pace.take(hop.name) }
      if (turn.kind === 'later') {
        // Nothing else is held up by its wait.
        await deferSend(db, id, new Date(clock.wall() + turn.ms))
        return undefined
      }
      await pace.wait(turn.ms)
      cutOff.delete(id)
      // Before it is sent: a report may come before the answer, and a kill may leave no answer at all.
      // Its turn may have taken long, and it may have been withdrawn meanwhile.
      if (!(await noteTry(db, id, hop.name, now()))) return undefined
      try {
        const result = await hop.carrier.send({ id, from: hop.from, to, body })
        if ((result.kind !== 'failed' && result.kind !== 'rejected') || result.partly) return { result, hop }
        refused = { result, hop }
        log.info({ message: id, carrier: hop.name, sentence: result.sentence }, 'a carrier refused a text')
      } catch (error) {
        if (error instanceof Throttled) pace.hold(hop.name, error.ms)
        if (error instanceof MaybeTaken && once) return { result: { kind: 'unsure', sentence: error.message }, hop }
        log.warn({ message: id, carrier: hop.name, err: error }, 'sending a text failed')
        fault = error
      }
    }
    // One that could not be asked may still take it.
    if (fault !== undefined) throw fault
    return refused ?? { result: { kind: 'failed', sentence: 'No carrier takes texts to there.', code: 'no_carrier' } }
  }

  async function settle(message: MessageRow, { result, hop }: Tried): Promise<void> {
    const { id } = message
    const carrier = hop?.name
    const by = carrier === undefined ? {} : { carrier }
    switch (result.kind) {
      case 'delivered':
        await ledger.heard(id, { kind: 'report', outcome: 'delivered', held: true }, by)
        return
      case 'sent': {
        const asked = message.reportSeconds ?? (hop?.carrier.reports ? ways.reportSeconds : undefined)
        return ledger.taken(id, carrier ?? '', result.refs ?? [], asked)
      }
      case 'unsure':
        return ledger.taken(id, carrier ?? '', [], message.reportSeconds ?? ways.reportSeconds, {
          ...{ reason: result.sentence, code: 'unsure' },
        })
      case 'failed':
      case 'rejected':
        await ledger.heard(
          id,
          { kind: 'given_up', as: result.kind },
          { ...by, reason: result.sentence, code: result.code ?? 'carrier_fault' },
        )
        return
      case 'later':
        await ledger.heard(id, { kind: 'away' }, { ...by, reason: result.sentence })
    }
  }

  return {
    async send(id, lastTry) {
      const message = await countAttempt(db, id)
      if (message === undefined) {
        // Delivered, failed or deleted since: the job ran twice.
        log.debug(
          { message: id, found: (await getMessage(db, id))?.state ?? null },
          'a text was not to be sent any more',
        )
        return
      }
      if (message.once && message.tryingSince !== null) {
        const sentence = 'The service ended while it was sent, so that nobody knows whether it went out.'
        return ledger.taken(id, message.carrier ?? '', [], message.reportSeconds ?? ways.reportSeconds, {
          ...{ reason: sentence, code: 'unsure' },
        })
      }
      const flight = inFlight.get(message.to) ?? { texts: 0, appeared: 0 }
      inFlight.set(message.to, flight)
      flight.texts++
      const before = flight.appeared
      try {
        let tried: Tried | undefined
        try {
          tried = await tryAll(message)
        } catch (error) {
          if (!lastTry) {
            await changeMessage(db, id, now(), () => ({ tryingSince: null }))
            throw error
          }
          const sentence = `Sending failed ${message.attempts} times; the last fault is in the log.`
          tried = { result: { kind: 'failed', sentence, code: 'gave_up' } }
        }
        if (tried === undefined) return
        await settle(message, tried)
        if (tried.result.kind === 'later' && flight.appeared !== before) await requeue(message.to)
      } finally {
        flight.texts--
        if (flight.texts === 0) inFlight.delete(message.to)
      }
    },

    silent: (id) => ledger.silent(id),

    async receiverAppeared(username) {
      const numbers = await numbersOf(db, { kind: 'extension', username })
      for (const to of [username, ...numbers.map((number) => number.e164)]) {
        const flight = inFlight.get(to)
        if (flight !== undefined) flight.appeared++
        await requeue(to)
      }
    },
  }
}
