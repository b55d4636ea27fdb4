import { isValid, type ReadCallFile } from '../../callfile/index.ts'

/** What a file that is due comes to (pbx_spool.c). */
export type Verdict =
  | { readonly kind: 'start'; readonly attempt: Attempt }
  /** Its call is up still. */
  | { readonly kind: 'delay'; readonly retry: number }
  | { readonly kind: 'over'; readonly status: 'Expired' | 'Failed'; readonly sentence: string }

export interface Attempt {
  /** From 1. */
  readonly number: number
  /** An attempt before it was begun and has no end: whoever made it is gone. */
  readonly aborts: boolean
}

/** @param running an attempt of ours is under way */
export function judge(file: ReadCallFile, running: boolean): Verdict {
  if (!isValid(file)) {
    const why = file.warnings.map(({ line, sentence }) => (line === 0 ? sentence : `line ${line} ${sentence}`))
    return { kind: 'over', status: 'Failed', sentence: `it cannot be called: ${why.join('; ')}` }
  }
  const { used, running: begun } = file.attempts
  // Before the count: a file whose call is up has not expired, whatever stands in it of attempts that were cut off.
  if (running) return { kind: 'delay', retry: used }
  if (used > file.maxRetries) {
    const sentence = `it expired after ${used} ${used === 1 ? 'attempt' : 'attempts'} that nobody answered`
    return { kind: 'over', status: 'Expired', sentence }
  }
  return { kind: 'start', attempt: { number: used + 1, aborts: begun !== undefined } }
}

/** Whether another attempt follows the one that just failed. */
export const triedAgain = ({ maxRetries }: ReadCallFile, attempt: number): boolean => attempt < maxRetries + 1

export interface SeenFile {
  /** Milliseconds since 1970, of the file; nanoseconds are compared, as `stat` gives them. */
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/**
 * Whether somebody may be writing it. A write sets both times to one moment; a move into the folder, a link and a set time set the second
 * alone. So a file with two times is whole, and one that was written in its place is taken once it has been left alone for a second.
 * @param now milliseconds since 1970
 */
export function isSettled({ mtimeNs, ctimeNs }: SeenFile, now: number): boolean {
  return mtimeNs !== ctimeNs || now - Number(ctimeNs / 1_000_000n) >= settleMs
}

export const settleMs = 1000

/** Files have their times in whole seconds, as far as the spool is concerned. */
export const isDue = ({ mtimeNs }: SeenFile, now: number): boolean =>
  mtimeNs / 1_000_000_000n <= BigInt(Math.floor(now / 1000))
