export const mostAttempts = 10
const firstMs = 5000
const factor = 4
const longestMs = 6 * 3600_000
const longestAskedMs = 3600_000

/**
 * How long to wait after so many attempts: 5 s, 20 s, 80 s, … up to 6 h, each a quarter more or less, so that what failed
 * together does not come back together. Ten attempts take about a day.
 * @param attempts made so far, at least 1
 * @param random 0–1
 * @param askedMs what the receiver asked for (`Retry-After`); counts up to an hour
 */
export function backoffMs(attempts: number, random: number, askedMs = 0): number {
  const base = Math.min(longestMs, firstMs * factor ** (attempts - 1))
  return Math.round(Math.max(base * (0.75 + random / 2), Math.min(askedMs, longestAskedMs)))
}

/** RFC 9110 §10.2.3: seconds or a date. 0 for none and for what is neither. */
export function retryAfterMs(header: string | undefined, wall: number): number {
  if (header === undefined) return 0
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? 0 : Math.max(0, date - wall)
}
