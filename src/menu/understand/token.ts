import type { HeardWord } from '../../phone/listen.ts'

/** A pause or a mark after a word: 0 none, 1 of a comma, 2 of the end of a sentence. */
export type Break = 0 | 1 | 2

/** One word as the parser sees it: lower case, no accents, no marks. */
export interface Token {
  readonly text: string
  /** Index of the word that it came from. */
  readonly word: number
  readonly confidence: number
  /** How likely it is behind the words before it, as `HeardWord`. */
  readonly usual?: number
  readonly after: Break
}

// Measured on recorded prompts: within a group of words pauses stay under 180 ms, between sentences they exceed 450 ms.
const groupMs = 180
const sentenceMs = 450

const abbreviations = new Set(['mr', 'mrs', 'ms', 'dr', 'st', 'ext', 'inc', 'co', 'ltd', 'dept', 'jr', 'sr', 'vs'])

/** What recognisers put between words: silence, noise, breath. */
const noise = /^(?:<.*>|\[.*\]|\+\+.*\+\+|\(.*\))$/

export function tokensOf(words: readonly HeardWord[]): readonly Token[] {
  const tokens: Token[] = []
  words.forEach((heard, word) => {
    if (noise.test(heard.word.trim())) return
    const parts = split(heard.word)
    const after = breakAfter(words, word)
    parts.forEach((text, i) => {
      tokens.push({
        ...{ text, word, confidence: heard.confidence ?? 1, after: i === parts.length - 1 ? after : 0 },
        ...(heard.usual === undefined ? {} : { usual: heard.usual }),
      })
    })
    // A mark that stands alone belongs to the word before.
    const last = tokens.at(-1)
    if (parts.length === 0 && last !== undefined && after > last.after) tokens[tokens.length - 1] = { ...last, after }
  })
  return tokens
}

/** Words of a written text; its marks are its pauses. For transcripts without times, and for tests. */
export function wordsOfText(text: string): readonly HeardWord[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word, i) => ({ word, fromMs: i * 300, toMs: (i + 1) * 300 }))
}

function split(word: string): string[] {
  const bare = word
    .replace(/\([0-9]+\)$/, '')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replace(/['’`]/g, '')
  return bare
    .split(/[-–—_]+|(?<=[#*])(?=[a-z0-9])|(?<=[0-9])(?=[#*])/)
    .map((part) => part.replace(/^[^a-z0-9#*$&]+|[^a-z0-9#*%&]+$/g, '').replace(/(?<=[a-z])\.(?=[a-z])/g, ''))
    .filter((part) => part !== '')
}

function breakAfter(words: readonly HeardWord[], at: number): Break {
  const { word, toMs } = words[at]!
  const next = words[at + 1]
  if (next === undefined) return 2
  const pause = next.fromMs - toMs
  const bySound: Break = pause >= sentenceMs ? 2 : pause >= groupMs ? 1 : 0
  const byMark = mark(word)
  return byMark > bySound ? byMark : bySound
}

function mark(word: string): Break {
  const end = word.replace(/["'”’)\]]+$/, '')
  if (/[!?;:…]$/.test(end)) return 2
  if (/[,–—-]$/.test(end)) return 1
  if (!end.endsWith('.')) return 0
  const bare = end.slice(0, -1).toLowerCase()
  // `a.m.`, `J.`, `Dr.` end no sentence; `1.` does.
  return abbreviations.has(bare) || /^(?:[a-z]\.)*[a-z]$/.test(bare) ? 0 : 2
}
