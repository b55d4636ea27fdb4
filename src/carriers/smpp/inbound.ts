import type { Pdu } from 'smpp'
import type { Clock, Timer } from '../../base/clock.ts'
import type { CarrierNews } from '../../phone/carrier.ts'
import { newId } from '../../phone/id.ts'
import { plus, withoutZero } from '../http.ts'
import type { SmppAccount } from './account.ts'
import { partOf } from './octets.ts'
import { readReceipt } from './receipt.ts'

export interface InboundPartsOptions {
  readonly account: Pick<SmppAccount, 'receiptIds'>
  readonly clock: Clock
  readonly take: (news: CarrierNews) => Promise<void>
}

/** Parts of one text come within moments; what is here after so long is all that there will be. */
const partsMs = 60_000
/** Texts whose parts are waited for; the oldest is given on as it is. */
const mostOpen = 1000

interface Open {
  readonly from: string
  readonly to: string
  readonly parts: Map<number, string>
  readonly count: number
  readonly timer: Timer
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
    const { account, take } = this.#options
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
    if (part === undefined || part.parts < 2) return this.#take(from, to, text)
    const key = [from, to, part.reference, part.parts].join(' ')
    const open = this.#open.get(key) ?? this.#begin(key, from, to, part.parts)
    open.parts.set(part.part, text)
    if (open.parts.size >= open.count) await this.#whole(key, open)
  }

  #begin(key: string, from: string, to: string, count: number): Open {
    const [oldest] = this.#open
    if (this.#open.size >= mostOpen && oldest !== undefined) void this.#whole(...oldest)
    const timer = this.#options.clock.after(partsMs, () => void this.#whole(key, open))
    const open: Open = { from, to, count, parts: new Map(), timer }
    this.#open.set(key, open)
    return open
  }

  async #whole(key: string, { from, to, parts, timer }: Open): Promise<void> {
    timer.stop()
    this.#open.delete(key)
    const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, text]) => text)
    await this.#take(from, to, inOrder.join(''))
  }

  async #take(from: string, to: string, body: string): Promise<void> {
    // SMPP names no text that comes in: one that is delivered again, since our answer was lost, is another one.
    const id = newId('message', this.#options.clock.wall())
    await this.#options.take({ kind: 'text', text: { id, from, to, body: withoutZero(body) } })
  }

  /** What came so far of texts that are not whole is given on. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map(([key, open]) => this.#whole(key, open)))
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
