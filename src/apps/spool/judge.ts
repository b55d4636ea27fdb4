import { isValid, type ReadCallFile } from '../../callfile/index.ts'

/** What a file that is due comes to (pbx_spool.c). */
export type Verdict =
  /** `attempt`: from 1. */
  | { readonly kind: 'start'; readonly attempt: number }
  /** Its call is up still. */
  | { readonly kind: 'delay'; readonly retry: number }
  | { readonly kind: 'over'; readonly status: 'Expired' | 'Failed'; readonly sentence: string }

/** @param running an attempt of ours is under way */
export function judge(file: ReadCallFile, running: boolean): Verdict {
  if (!isValid(file)) {
    const why = file.warnings.map(({ line, sentence }) => (line === 0 ? sentence : `line ${line} ${sentence}`))
    return { kind: 'over', status: 'Failed', sentence: `it cannot be called: ${why.join('; ')}` }
  }
  const { used } = file.attempts
  // Before the count: a file whose call is up has not expired, whatever stands in it of attempts that were cut off.
  if (running) return { kind: 'delay', retry: used }
  if (used > file.maxRetries) {
    const sentence = `it expired after ${used} ${used === 1 ? 'attempt' : 'attempts'} that nobody answered`
    return { kind: 'over', status: 'Expired', sentence }
  }
  return { kind: 'start', attempt: used + 1 }
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

/**
 * Whether the file was not told of this end of an attempt. Where the attempt left, the file names it as its last; one that was archived and
 * put into the spool again has its status, too. Where it ended before it left, nobody has touched the file since: another one of its name
 * may have its inode.
 * @param end milliseconds since 1970
 */
export function isUntold(
  file: ReadCallFile,
  seen: SeenFile,
  end: { readonly attempt: number; readonly at: number },
): boolean {
  const { running, used, notes } = file.attempts
  if (running !== undefined) {
    const last = notes.findLast(({ kind }) => kind === 'StartRetry')
    return last?.attempt === end.attempt && file.status === undefined
  }
  const isUntouched = seen.ctimeNs <= BigInt(end.at) * 1_000_000n
  // One whose time was set to the future before stays for that.
  return end.attempt === used + 1 && isUntouched && isDue(seen, end.at)
}
