import { segmentsOf } from '../../phone/segments.ts'

/** What one of each costs, in whichever currency. */
export interface Prices {
  /** A message of the network; a long text takes several. */
  readonly segment: number
  /** A minute of a call, begun ones whole. */
  readonly minute: number
}

export interface Audience {
  /** Whom a text goes to first. */
  readonly texts: number
  /** Whom a call goes to first. */
  readonly calls: number
  /** Of those texted, whom the last text did not reach: likely to be called after it. */
  readonly doubtful: number
  readonly skipped: Readonly<Record<string, number>>
}

export interface Estimate {
  readonly contacts: number
  readonly texts: number
  readonly segmentsPerText: number
  /** As it is likely to be, and where each text fails. Attempts again are not among them. */
  readonly calls: { readonly likely: number; readonly most: number }
  readonly skipped: Readonly<Record<string, number>>
  /** Absent without prices. */
  readonly cost?: { readonly likely: number; readonly most: number }
}

/** How fast speech engines speak, in characters a second. */
const charactersPerSecond = 14
/** Until somebody has said hello, and after the message. */
const besides = 6

/** How long a call that speaks this takes, about. */
export const spokenSeconds = (text: string): number => Math.ceil(text.length / charactersPerSecond) + besides

/** @param body absent: nothing is texted. @param callSeconds absent: nobody is called */
export function estimate(
  { texts, calls, doubtful, skipped }: Audience,
  {
    body,
    callSeconds,
    callsAfterTexts,
    prices,
  }: {
    readonly body: string | undefined
    readonly callSeconds: number | undefined
    readonly callsAfterTexts: boolean
    readonly prices: Prices | undefined
  },
): Estimate {
  const segmentsPerText = body === undefined ? 0 : segmentsOf(body).parts.length
  const likely = calls + (callsAfterTexts ? doubtful : 0)
  const most = calls + (callsAfterTexts ? texts : 0)
  const left = Object.values(skipped).reduce((sum, n) => sum + n, 0)
  const shown = { contacts: texts + calls + left, texts, segmentsPerText, calls: { likely, most }, skipped }
  if (prices === undefined) return shown
  const minutes = Math.ceil((callSeconds ?? 0) / 60)
  const cost = (n: number): number =>
    Math.round((texts * segmentsPerText * prices.segment + n * minutes * prices.minute) * 10_000) / 10_000
  return { ...shown, cost: { likely: cost(likely), most: cost(most) } }
}
