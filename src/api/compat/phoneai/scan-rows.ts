import { createHash } from 'node:crypto'
import type { ScanTree } from '../../../menu/scan/tree.ts'
import { addressKey } from '../../../phone/address.ts'
import type { ScanRow } from '../../../store/scans.ts'
import { noPlus, timeOf } from './door.ts'

/** Words of the source for where a call stands. */
export type CrawlStatus = 'Pending' | 'Calling' | 'Answered' | 'Processed' | 'Failed'

/** @param heard whether something was heard by now */
export function statusOf(state: ScanRow['state'], heard: boolean): CrawlStatus {
  switch (state) {
    case 'waiting':
      return 'Pending'
    case 'running':
      return heard ? 'Answered' : 'Calling'
    case 'done':
    case 'stopped':
      return 'Processed'
    case 'failed':
      return 'Failed'
  }
}

/** Nothing is left to be heard: a scan that ended at a limit has a sentence. */
export const isComplete = ({ state, sentence }: Pick<ScanRow, 'state' | 'sentence'>): boolean =>
  state === 'done' && sentence === null

/** Whether it goes on by itself; what is complete needs no other try, which the source shows as 1. */
export const retryFlag = (row: Pick<ScanRow, 'state' | 'sentence'>): 0 | 1 =>
  row.state === 'running' || row.state === 'waiting' || isComplete(row) ? 1 : 0

/** The fields that the source documents, and those that its code has beside them. */
export function showScanRow(id: number, row: ScanRow, tree: ScanTree | undefined) {
  const number = noPlus(addressKey(row.to))
  return {
    id,
    number,
    status: statusOf(row.state, tree !== undefined && tree.nodes.size > 0),
    attempt: row.calls,
    created_at: timeOf(row.createdAt),
    updated_at: timeOf(row.updatedAt),
    phone_number: number,
    business_name: row.name,
    completed: isComplete(row) ? 'True' : 'False',
  }
}

/** A UUID that stays the same for the same text (RFC 9562 §5.8). */
export function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export interface PageAt {
  readonly limit: number
  readonly offset: number
}

/** Addresses of the pages beside this one, parameters in the order of the alphabet. */
export function pageLinks(
  base: string,
  filter: Readonly<Record<string, string>>,
  { limit, offset }: PageAt,
  count: number,
): { readonly next: string | null; readonly previous: string | null } {
  const link = (from: number): string => {
    const at = { ...filter, limit: String(limit), ...(from > 0 ? { offset: String(from) } : {}) }
    const sorted = Object.entries(at).sort(([a], [b]) => (a < b ? -1 : 1))
    return `${base}?${new URLSearchParams(sorted)}`
  }
  return {
    next: offset + limit < count ? link(offset + limit) : null,
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
  }
}
