import { isGsm, segmentsOf } from '../../phone/segments.ts'
import type { TextState } from '../../phone/text-status.ts'
import { timeParam } from './params.ts'
import type { Params } from './ports.ts'

export interface TextFacts {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly body: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** The words of the dialect for what became of a text. */
export const textStatuses = ['queued', 'sent', 'delivered', 'undelivered', 'failed', 'received'] as const
export type TextStatus = (typeof textStatuses)[number]

/** For each state of ours; one that waits for its receiver is still queued to those who only know that word. */
export const textStatusOf: Readonly<Record<TextState, TextStatus>> = {
  queued: 'queued',
  waiting: 'queued',
  sent: 'sent',
  delivered: 'delivered',
  undelivered: 'undelivered',
  expired: 'undelivered',
  failed: 'failed',
  rejected: 'failed',
  received: 'received',
}

/** Of these an error is told. */
export const failures: readonly TextStatus[] = ['failed', 'undelivered']
/** The dialect's code for a failure of which no more is known. */
export const unknownError = '1000'

/** Numbers are told without the plus. */
export const noPlus = (text: string): string => text.replace(/^\+/, '')

/** What is told of a text that goes out, each time that its state changes. */
export const textStatusParams = (text: TextFacts, status: TextStatus): Params => [
  ...common(text),
  ['Status', status],
  ...(failures.includes(status) ? ([['ErrorCode', unknownError]] as const) : []),
  ['PartInfo', `1 of ${segmentsOf(text.body).parts.length}`],
  ['Sequence', '1'],
  ['ParentMessageUUID', text.id],
  ['MessageTime', timeParam(text.createdAt)],
  ['QueuedTime', timeParam(text.createdAt)],
  ...(status === 'queued' ? [] : ([['SentTime', timeParam(text.updatedAt)]] as const)),
  ...(status === 'delivered' ? ([['DeliveryReportTime', timeParam(text.updatedAt)]] as const) : []),
]

/** What is told of a text that came in. */
export const receivedTextParams = (text: TextFacts): Params => [...common(text), ['Text', text.body]]

const common = (text: TextFacts): Params => [
  ['MessageUUID', text.id],
  ['From', noPlus(text.from)],
  ['To', noPlus(text.to)],
  ['Type', 'sms'],
  ['Units', String(segmentsOf(text.body).parts.length)],
  ['TotalRate', '0.00000'],
  ['TotalAmount', '0.00000'],
]

/** Characters that a text may have: fewer where one of them is not in the alphabet of mobile networks. */
export const longestText = (text: string): number => (isGsm(text) ? 1600 : 737)
