/** A word and the ways it is said, as sounds. */
export type Pronunciations = ReadonlyMap<string, readonly string[]>

/** Reads lines such as `for(2) F R ER`; `#` and `;;` begin a remark. Later texts add ways to say a word. */
export function readPronunciations(...texts: readonly string[]): Pronunciations {
  const found = new Map<string, string[]>()
  for (const text of texts) {
    for (const line of text.split('\n')) {
      const row = /^([^\s#;(][^\s(]*)(?:\(\d+\))?\s+(\S.*)$/.exec(line)
      if (row === null) continue
      const [, word = '', sounds = ''] = row
      const ways = found.get(word)
      if (ways === undefined) found.set(word, [sounds])
      else if (!ways.includes(sounds)) ways.push(sounds)
    }
  }
  return found
}

/** The dictionary of these words, as decoders read it. */
export function dictionaryOf(words: Iterable<string>, said: Pronunciations): string {
  const rows: string[] = []
  for (const word of words) {
    for (const [i, sounds] of (said.get(word) ?? []).entries())
      rows.push(`${word}${i === 0 ? '' : `(${i + 1})`} ${sounds}`)
  }
  return `${rows.join('\n')}\n`
}
