/** The model falls into loops over noise; nobody says the same so often. Phone numbers may have a digit five times. */
const leastTimes = 4
const leastTokens = 12
const longestPhrase = 16

/** Where a phrase is said again and again at the end: what lies behind the first time is no speech. `undefined` where nothing is. */
export function repeatedFrom(ids: readonly number[]): number | undefined {
  for (let phrase = 1; phrase <= longestPhrase; phrase++) {
    const wanted = Math.max(leastTimes * phrase, leastTokens)
    if (ids.length < wanted) continue
    const from = ids.length - wanted
    let same = true
    for (let i = from + phrase; same && i < ids.length; i++) same = ids[i] === ids[i - phrase]
    if (same) return from + phrase
  }
  return undefined
}
