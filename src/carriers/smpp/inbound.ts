import type { Pdu } from 'smpp'
import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { CarrierNews } from '../../phone/carrier.ts'
import { newId } from '../../phone/id.ts'
import { plus, withoutZero } from '../http.ts'
import type { SmppAccount } from './account.ts'
import { partOf } from './octets.ts'
import { readReceipt } from './receipt.ts'

export interface InboundPartsOptions {
  readonly account: Pick<SmppAccount, 'receiptIds'>
  readonly clock: Clock
  readonly log: Logger
  /** The same id twice is the same text. */
  readonly take: (news: CarrierNews) => Promise<void>
}

/** Parts of one text come within moments; what is here after so long is all that there will be. */
const partsMs = 60_000
/** Texts whose parts are waited for; the oldest is given on as it is. */
const mostOpen = 1000

interface Open {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly parts: Map<number, string>
  readonly count: number
  timer: Timer | undefined
}

/** Reads what an SMSC delivers: receipts, texts, parts of texts. */
export class InboundParts {
  readonly #options: InboundPartsOptions
  readonly #open = new Map<string, Open>()

  constructor(options: InboundPartsOptions) {
    this.#options = options
  }

  /** Rejects where it could not be taken in. */
  async delivered(pdu: Pdu): Promise<void> {
    const { account, clock, take } = this.#options
    const { text, header } = bodyOf(pdu)
    // A receipt of the SMSC, or of the receiver (§5.2.12).
    const isReceipt = (numberOf(pdu.esm_class) & 0x3c) !== 0 || pdu.receipted_message_id !== undefined
    if (isReceipt) {
      const state = typeof pdu.message_state === 'number' ? pdu.message_state : undefined
      const report = readReceipt({ id: textOf(pdu.receipted_message_id), state, text }, account.receiptIds)
      if (report !== undefined) await take({ kind: 'report', report })
      return
    }
    const from = partyOf(pdu.source_addr)
    const to = partyOf(pdu.destination_addr)
    const part = header === undefined ? sarOf(pdu) : partOf(header)
    // SMPP names no text that comes in: one that is delivered again, since our answer was lost, is another one.
    const id = newId('message', clock.wall())
    if (part === undefined || part.parts < 2)
      return take({ kind: 'text', text: { id, from, to, body: withoutZero(text) } })
    const key = [from, to, part.reference, part.parts].join(' ')
    if (!this.#open.has(key)) await this.#makeRoom()
    const open = this.#open.get(key) ?? this.#begin(key, { id, from, to, count: part.parts })
    open.parts.set(part.part, text)
    if (open.parts.size >= open.count) await this.#giveOn(key, open)
  }

  async #makeRoom(): Promise<void> {
    const [oldest] = this.#open
    if (this.#open.size >= mostOpen && oldest !== undefined) await this.#giveOn(...oldest)
  }

  #begin(key: string, text: Pick<Open, 'id' | 'from' | 'to' | 'count'>): Open {
    const open: Open = { ...text, parts: new Map(), timer: undefined }
    this.#open.set(key, open)
    this.#wait(key, open)
    return open
  }

  #wait(key: string, open: Open): void {
    open.timer = this.#options.clock.after(partsMs, () => void this.#giveOnLate(key, open))
  }

  /** Its parts were answered for: where it cannot be taken in, they stay here until it can. */
  async #giveOn(key: string, open: Open): Promise<void> {
    const { id, from, to, parts, timer } = open
    timer?.stop()
    const body = [...parts]
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join('')
    try {
      await this.#options.take({ kind: 'text', text: { id, from, to, body: withoutZero(body) } })
    } catch (error) {
      this.#wait(key, open)
      throw error
    }
    this.#open.delete(key)
  }

  async #giveOnLate(key: string, open: Open): Promise<void> {
    try {
      await this.#giveOn(key, open)
    } catch (err) {
      this.#options.log.error({ err }, 'a text that the SMSC delivered in parts could not be taken in')
    }
  }

  /** What came so far of texts that are not whole is given on. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map(([key, open]) => this.#giveOnLate(key, open)))
    for (const { timer } of this.#open.values()) timer?.stop()
  }
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const partyOf = (value: unknown): string => plus((textOf(value) ?? '').trim().slice(0, 64) || 'anonymous')

interface Body {
  readonly text: string
  readonly header?: Buffer
}

/** The package has read the alphabet; a long text stands in `message_payload` in its place. */
function bodyOf(pdu: Pdu): Body {
  const short = read(pdu.short_message)
  return short.text === '' && pdu.message_payload !== undefined ? read(pdu.message_payload) : short
}

function read(value: unknown): Body {
  if (typeof value === 'string') return { text: value }
  if (Buffer.isBuffer(value)) return { text: value.toString('latin1') }
  if (typeof value !== 'object' || value === null || !('message' in value)) return { text: '' }
  const { text } = read(value.message)
  const udh = 'udh' in value && Array.isArray(value.udh) ? value.udh.filter((one) => Buffer.isBuffer(one)) : []
  return udh.length === 0 ? { text } : { text, header: Buffer.concat(udh) }
}

/** The other way to say which part it is (§5.3.2.22 and after). */
function sarOf(pdu: Pdu): { reference: number; parts: number; part: number } | undefined {
  const { sar_msg_ref_num: reference, sar_total_segments: parts, sar_segment_seqnum: part } = pdu
  return typeof reference === 'number' && typeof parts === 'number' && typeof part === 'number'
    ? { reference, parts, part }
    : undefined
}
