/** A word as the model writes it: with capitals and marks. */
export interface WrittenWord {
  readonly text: string
  /** 0–1: of its least likely piece. Marks have no say. */
  readonly confidence: number
}

export interface Piece {
  /** As in the vocabulary: `▁press`, `1`, `<0xE2>`. */
  readonly text: string
  readonly probability: number
  /** The model would have ended here. */
  readonly forced: boolean
}

/** Stands for the space before a word (SentencePiece). */
const SPACE = '▁'
const markOnly = /^[\p{P}]*$/u
const byteOf = /^<0x([0-9A-F]{2})>$/

/** A word begins at each `▁`; what was forced upon the model does not lengthen, nor spoil, a word that it was sure of. */
export function joinPieces(pieces: readonly Piece[]): readonly WrittenWord[] {
  const words: { bytes: number[]; confidence: number }[] = []
  for (const { text, probability, forced } of pieces) {
    const begins = text.startsWith(SPACE)
    const bytes = bytesOf(text)
    const mark = markOnly.test(text.replaceAll(SPACE, ''))
    let word = words.at(-1)
    if (word === undefined || begins || (forced && !mark)) {
      word = { bytes: [], confidence: 1 }
      words.push(word)
    }
    word.bytes.push(...bytes)
    if (!mark) word.confidence = Math.min(word.confidence, probability)
  }
  const decoder = new TextDecoder()
  return words
    .map(({ bytes, confidence }) => ({ text: decoder.decode(Uint8Array.from(bytes)).trim(), confidence }))
    .filter(({ text }) => text !== '')
}

function bytesOf(text: string): Uint8Array {
  const byte = byteOf.exec(text)?.[1]
  if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16))
  return new TextEncoder().encode(text.replaceAll(SPACE, ' '))
}
