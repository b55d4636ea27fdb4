import type { DeliveryReport, TextCode } from '../../phone/carrier.ts'
import { oneLine } from '../http.ts'
import type { ReceiptIdForm } from './account.ts'

export interface ReceiptFields {
  /** Of the TLV `receipted_message_id` (§5.3.2.12). */
  readonly id?: string | undefined
  /** Of the TLV `message_state` (§5.2.28). */
  readonly state?: number | undefined
  /** `id:… sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…` (appendix B). */
  readonly text: string
}

const states: Readonly<Record<number, string>> = {
  ...{ 1: 'ENROUTE', 2: 'DELIVRD', 3: 'EXPIRED', 4: 'DELETED', 5: 'UNDELIV', 6: 'ACCEPTD', 7: 'UNKNOWN', 8: 'REJECTD' },
}

/** What a receipt says; `undefined` where it names no message. @param form how ids are written in receipts */
export function readReceipt({ id, state, text }: ReceiptFields, form: ReceiptIdForm): DeliveryReport | undefined {
  const field = (name: string): string | undefined => new RegExp(`(?:^|\\s)${name}:\\s*(\\S+)`, 'i').exec(text)?.[1]
  const given = id?.replaceAll('\0', '').trim() || field('id')
  if (given === undefined || given.length > 65) return undefined
  const status = field('stat')?.toUpperCase() ?? (state === undefined ? undefined : states[state])
  const error = field('err')
  const words = oneLine(`${status ?? 'no state'}${error === undefined || /^0*$/.test(error) ? '' : `, error ${error}`}`)
  const ref = refOfReceipt(given, form)
  const sentence = `The SMSC reports: ${words}.`
  const outcome = outcomeOf(status)
  return outcome === 'pending' || outcome === 'delivered'
    ? { ref, outcome, sentence }
    : { ref, outcome, sentence, code: codes[outcome] }
}

const codes: Readonly<Record<'undelivered' | 'rejected' | 'expired' | 'failed', TextCode>> = {
  undelivered: 'absent',
  rejected: 'blocked',
  expired: 'expired',
  failed: 'carrier_fault',
}

function outcomeOf(status: string | undefined): DeliveryReport['outcome'] {
  switch (status) {
    case 'DELIVRD':
      return 'delivered'
    case 'UNDELIV':
    case 'UNKNOWN':
      return 'undelivered'
    case 'EXPIRED':
      return 'expired'
    case 'REJECTD':
      return 'rejected'
    case 'DELETED':
      return 'failed'
    // ENROUTE and ACCEPTD, and whatever word is new.
    default:
      return 'pending'
  }
}

/** The id of an answer to what was submitted, as it is kept: some pad it, some write it in capitals. */
export function refOf(id: string): string {
  const plain = id.replaceAll('\0', '').trim().toLowerCase()
  return /^[0-9a-f]+$/.test(plain) ? plain.replace(/^0+(?=.)/, '') : plain
}

/** The id that the answer had, from that of a receipt. */
function refOfReceipt(id: string, form: ReceiptIdForm): string {
  const ref = refOf(id)
  switch (form) {
    case 'same':
      return ref
    case 'decimal':
      return /^[0-9]+$/.test(ref) ? BigInt(ref).toString(16) : ref
    case 'hex':
      return /^[0-9a-f]+$/.test(ref) ? BigInt(`0x${ref}`).toString() : ref
  }
}
