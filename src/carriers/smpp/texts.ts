import type { Pdu } from 'smpp'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { type CarrierNews, type TextCarrier, type TextCode, type TextResult, Throttled } from '../../phone/carrier.ts'
import type { SmppAccount } from './account.ts'
import { InboundParts } from './inbound.ts'
import { nameOf, SmppLink } from './link.ts'
import { type ShortMessage, shortMessages } from './octets.ts'
import { refOf } from './receipt.ts'

export const smppName = 'smpp'

export interface SmppCarrierOptions {
  readonly account: SmppAccount
  readonly clock: Clock
  readonly log: Logger
  /** Takes in what the SMSC delivers; it comes again where this rejects. */
  readonly take: (news: CarrierNews) => Promise<void>
}

export interface SmppCarrier extends TextCarrier {
  /** Binds, now and again whenever the bind is lost. */
  open(): void
  /** Unbinds. */
  close(): Promise<void>
}

/** Asks to be left alone for a while (§5.1.3): ESME_RTHROTTLED, ESME_RMSGQFUL. */
const throttled: ReadonlySet<number> = new Set([0x58, 0x14])
/** ESME_RSYSERR, ESME_RSUBMITFAIL, ESME_RX_T_APPN, ESME_RINVBNDSTS: another time, or another carrier. */
const passing: ReadonlySet<number> = new Set([0x08, 0x45, 0x64, 0x04])
const refusals: Readonly<Record<number, readonly [kind: 'failed' | 'rejected', code: TextCode]>> = {
  10: ['failed', 'bad_sender'],
  11: ['failed', 'bad_receiver'],
  102: ['rejected', 'blocked'],
}
const throttledMs = 1000
/** How often a later part of a text is tried. */
const partTries = 10

/** Registered delivery: a receipt at the end, whatever it is (§5.2.17). */
const receiptAtEnd = 1
const headerIndicator = 0x40

/** Texts by an SMSC, over one bind that is kept up. */
export function smppCarrier({ account, clock, log, take }: SmppCarrierOptions): SmppCarrier {
  const inbound = new InboundParts({ account, clock, log, take })
  const link = new SmppLink({ account, clock, log, delivered: (pdu) => inbound.delivered(pdu) })
  let reference = Math.floor(Math.random() * 256)

  async function submit(from: string, to: string, { data, dataCoding, headed }: ShortMessage): Promise<Pdu> {
    const answer = await link.request('submit_sm', {
      ...sourceOf(from),
      ...{ dest_addr_ton: to.startsWith('+') ? 1 : 0, dest_addr_npi: 1, destination_addr: to.replace(/^\+/, '') },
      ...{ esm_class: headed ? headerIndicator : 0, data_coding: dataCoding, registered_delivery: receiptAtEnd },
      short_message: data,
    })
    const { command_status: status } = answer
    if (throttled.has(status)) throw new Throttled(`The SMSC has no time (${nameOf(status)}).`, throttledMs)
    if (passing.has(status)) throw new Error(`The SMSC did not take it (${nameOf(status)}).`)
    return answer
  }

  /**
   * A part after the first is tried until it is taken or refused, also where it may have gone out: receivers drop a part that they have
   * (3GPP TS 23.040 §9.2.3.24.1), and the whole text again would not be the same one to them.
   * @returns the answer of the SMSC, or a sentence where none came of all tries
   */
  async function submitLater(from: string, to: string, part: ShortMessage): Promise<Pdu | string> {
    for (let tries = 1; ; tries++) {
      try {
        return await submit(from, to, part)
      } catch (error) {
        if (tries === partTries) return error instanceof Error ? error.message : String(error)
        const ms = error instanceof Throttled ? error.ms : throttledMs
        await new Promise<void>((resolve) => void clock.after(ms, resolve))
      }
    }
  }

  return {
    reports: true,
    async send({ from, to, body }): Promise<TextResult> {
      reference = (reference + 1) % 256
      const refs: string[] = []
      const parts = shortMessages(body, reference, account.shiftTables)
      for (const [i, part] of parts.entries()) {
        const answer = i === 0 ? await submit(from, to, part) : await submitLater(from, to, part)
        const begun = i === 0 ? {} : { partly: true as const }
        const only = i === 0 ? '' : `Only ${i} of its ${parts.length} parts went out. `
        if (typeof answer === 'string')
          return { kind: 'failed', sentence: `${only}${answer}`, code: 'gave_up', ...begun }
        const { command_status: status } = answer
        if (status !== 0) {
          const [kind, code] = refusals[status] ?? (['rejected', 'carrier_fault'] as const)
          return { kind, sentence: `${only}The SMSC refuses it (${nameOf(status)}).`, code, ...begun }
        }
        if (typeof answer.message_id === 'string' && answer.message_id !== '') refs.push(refOf(answer.message_id))
      }
      return { kind: 'sent', refs }
    },
    open: () => link.open(),
    close: async () => {
      await link.close()
      await inbound.close()
    },
  }
}

/** Type of number and numbering plan (§5.2.5, §5.2.6): international, a short code, or a name. */
function sourceOf(from: string): object {
  if (from.startsWith('+')) return { source_addr_ton: 1, source_addr_npi: 1, source_addr: from.slice(1) }
  if (/^[0-9]{1,8}$/.test(from)) return { source_addr_ton: 3, source_addr_npi: 0, source_addr: from }
  // It holds eleven characters of the default alphabet.
  return { source_addr_ton: 5, source_addr_npi: 0, source_addr: from.slice(0, 11) }
}
