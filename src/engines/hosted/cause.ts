import type { EndCode } from '../../phone/reason.ts'

const causes: readonly (readonly [pattern: RegExp, code: EndCode])[] = [
  [/^normal.?(?:clearing|hangup)|^success|^end.?of.?xml|^completed/i, 'completed'],
  [/busy/i, 'busy'],
  [/reject|declin/i, 'declined'],
  [/user.?not.?registered|endpoint.?not.?registered/i, 'not_registered'],
  [/no.?answer|no.?user.?response|allotted.?timeout|^timeout|absent|out.?of.?service/i, 'no_answer'],
  [/unallocated|invalid.?destination|invalid.?phone/i, 'not_found'],
  [/cancel|lose.?race/i, 'canceled'],
  [/barred|not.?allowed|credit|not.?supported/i, 'not_allowed'],
  [/unavailable|temporary.?failure|timer.?expire|unreachable|network/i, 'unreachable'],
]

/** What the word means that a company has for the end of a call: those of FreeSWITCH, or Plivo's own. */
export const codeOfCause = (word: string): EndCode =>
  causes.find(([pattern]) => pattern.test(word.trim()))?.[1] ?? 'failed'

/** Somebody else's words, fit for a sentence. */
export const words = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N} _.,'()-]+/gu, ' ')
    .trim()
    .slice(0, 80)
