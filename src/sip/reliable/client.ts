/** What becomes of a provisional answer that wants to be acknowledged (RFC 3262 §4). */
export type Turn =
  /** To be acknowledged and worked on; `last` is the new state. */
  | { readonly kind: 'acknowledge'; readonly last: number }
  /** It came again, or one before it is missing: not worked on, and the other side sends it again. */
  | { readonly kind: 'ignore' }

/** @param last RSeq of the last one of this early dialog that was taken; `undefined` before the first */
export function takeTurn(last: number | undefined, rseq: number): Turn {
  return last === undefined || rseq === last + 1 ? { kind: 'acknowledge', last: rseq } : { kind: 'ignore' }
}
