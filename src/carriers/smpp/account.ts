import type { ShiftLanguage } from '../../phone/gsm.ts'

/**
 * How the ids in receipts are written: `same` as in the answers to what was submitted; `decimal` where those are hexadecimal and the
 * receipts are not; `hex` the other way round.
 */
export const receiptIdForms = ['same', 'decimal', 'hex'] as const
export type ReceiptIdForm = (typeof receiptIdForms)[number]

export interface SmppAccount {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Authorities (PEM) that are trusted by TLS beside those that Node.js trusts. */
  readonly authorities?: string | Buffer | undefined
  readonly systemId: string
  readonly password: string
  readonly systemType: string
  /** Requests that may be without an answer at once. */
  readonly window: number
  /** After so long without a word the link is tried. */
  readonly enquireSeconds: number
  readonly receiptIds: ReceiptIdForm
  /** National tables that the SMSC takes. */
  readonly shiftTables: readonly ShiftLanguage[]
}
