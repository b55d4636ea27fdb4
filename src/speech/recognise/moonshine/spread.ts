/** What is known of a word before its time is. */
export interface Spreadable {
  readonly word: string
  /** Behind it: 1 a comma, 2 the end of a sentence. */
  readonly mark: 0 | 1 | 2
}

/** Milliseconds since the start of the utterance. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

const FRAME_MS = 10
const FRAME = 80
/** Within a word nobody is silent for so long; stops such as `t` take up to 150 ms. */
const pauseMs = 250
/** Shorter ones are clicks. */
const leastSpokenMs = 40
/** Between background and speech, and never further below speech than this: what is quieter is an echo. */
const thresholdShare = 0.4
const deepestDb = 30

/** What a word takes beside its letters, in letters. */
const perWord = 1.5
/** Squared seconds: a pause where no mark stands is worth being 0.35 s out, a mark without a pause 0.15 s. */
const unmarkedPause = 0.12
const markWithoutPause = [0, 0.01, 0.03] as const

/**
 * Estimates when each word was said: the stretches in which somebody speaks are shared among the words by their length, and pauses lie between
 * words, rather where a comma or a full stop was written.
 * @param samples 16 bit PCM, 8 kHz
 */
export function spread(samples: Int16Array, words: readonly Spreadable[]): readonly Span[] {
  if (words.length === 0) return []
  const stretches = spokenStretches(samples)
  const weights = words.map(({ word }) => perWord + word.replace(/[^a-z0-9]/gi, '').length)
  const groups = share(stretches, words, weights)
  const spans: Span[] = []
  let at = 0
  groups.forEach((count, j) => {
    const { fromMs, toMs } = stretches[j]!
    const group = weights.slice(at, at + count)
    const all = sum(group)
    let before = 0
    for (const weight of group) {
      const place = (letters: number): number => Math.round(fromMs + ((toMs - fromMs) * letters) / all)
      spans.push({ fromMs: place(before), toMs: place(before + weight) })
      before += weight
    }
    at += count
  })
  return spans
}

/** In order, with at least `pauseMs` between them; the whole utterance where nothing stands out. */
export function spokenStretches(samples: Int16Array): readonly Span[] {
  const whole = { fromMs: 0, toMs: Math.max(1, Math.round(samples.length / 8)) }
  const levels: number[] = []
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) {
    let power = 1
    for (let i = at; i < at + FRAME; i++) power += (samples[i]! * samples[i]!) / FRAME
    levels.push(10 * Math.log10(power))
  }
  if (levels.length === 0) return [whole]
  const sorted = [...levels].sort((a, b) => a - b)
  const [quiet, loud] = [sorted[Math.floor(sorted.length * 0.05)]!, sorted[Math.floor(sorted.length * 0.95)]!]
  const threshold = Math.max(quiet + (loud - quiet) * thresholdShare, loud - deepestDb)
  const found: Span[] = []
  for (let i = 0; i < levels.length; i++) {
    const fromMs = i * FRAME_MS
    while (i < levels.length && levels[i]! >= threshold) i++
    if (i * FRAME_MS - fromMs >= leastSpokenMs) found.push({ fromMs, toMs: i * FRAME_MS })
  }
  const stretches: Span[] = []
  for (const span of found) {
    const last = stretches.at(-1)
    if (last !== undefined && span.fromMs - last.toMs < pauseMs)
      stretches[stretches.length - 1] = { fromMs: last.fromMs, toMs: span.toMs }
    else stretches.push(span)
  }
  return stretches.length === 0 ? [whole] : stretches
}

/** How many words each stretch has: as long as their length says, with pauses at marks. None may be right: noise is a stretch, too. */
function share(
  stretches: readonly Span[],
  words: readonly Spreadable[],
  weights: readonly number[],
): readonly number[] {
  const seconds = stretches.map(({ fromMs, toMs }) => (toMs - fromMs) / 1000)
  const perLetter = sum(seconds) / sum(weights)
  const starts = runningSums(weights.map((weight) => weight * perLetter))
  // marks[i]: of all marks behind the first i words, had none of them a pause.
  const marks = runningSums(words.map(({ mark }) => markWithoutPause[mark]))
  const n = words.length
  // costs[j][i]: the least with the first i words in the first j stretches; from[j][i]: how many of them in the first j - 1.
  let costs = Array.from({ length: n + 1 }, (_, i) => (i === 0 ? 0 : Number.POSITIVE_INFINITY))
  const from: number[][] = []
  for (const second of seconds) {
    const next = costs.map(() => Number.POSITIVE_INFINITY)
    const best = costs.map(() => 0)
    for (let i = 0; i <= n; i++) {
      for (let before = 0; before <= i; before++) {
        const border = i === 0 || i === n || before === i ? 0 : words[i - 1]!.mark === 0 ? unmarkedPause : 0
        const inside = i === before ? 0 : marks[i - 1]! - marks[before]!
        const cost = costs[before]! + (second - (starts[i]! - starts[before]!)) ** 2 + border + inside
        if (cost >= next[i]!) continue
        next[i] = cost
        best[i] = before
      }
    }
    costs = next
    from.push(best)
  }
  const counts: number[] = []
  for (let j = stretches.length - 1, i = n; j >= 0; j--) {
    const before = from[j]![i]!
    counts.unshift(i - before)
    i = before
  }
  return counts
}

function runningSums(numbers: readonly number[]): readonly number[] {
  const sums = [0]
  for (const one of numbers) sums.push(sums.at(-1)! + one)
  return sums
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
