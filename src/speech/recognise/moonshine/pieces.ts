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

/** Where a word begins and ends among the pieces. */
export interface PieceRange {
  readonly from: number
  readonly to: number
}

/** A word begins at each `▁`, and with what was forced upon the model. */
export const beginsWord = ({ text, forced }: Piece): boolean => text.startsWith(SPACE) || (forced && !isMark(text))

export function wordRanges(pieces: readonly Piece[]): readonly PieceRange[] {
  const ranges: PieceRange[] = []
  pieces.forEach((piece, i) => {
    const last = ranges.at(-1)
    if (last === undefined || beginsWord(piece)) ranges.push({ from: i, to: i + 1 })
    else ranges[ranges.length - 1] = { from: last.from, to: i + 1 }
  })
  return ranges
}

/** What was forced upon the model does not lengthen, nor spoil, a word that it was sure of. */
export function joinPieces(pieces: readonly Piece[]): readonly WrittenWord[] {
  return wordRanges(pieces)
    .map(({ from, to }) => wordOf(pieces.slice(from, to)))
    .filter(({ text }) => text !== '')
}

export function wordOf(pieces: readonly Piece[]): WrittenWord {
  const bytes = pieces.flatMap(({ text }) => [...bytesOf(text)])
  const said = pieces.filter(({ text }) => !isMark(text))
  return {
    text: new TextDecoder().decode(Uint8Array.from(bytes)).trim(),
    confidence: Math.min(1, ...said.map(({ probability }) => probability)),
  }
}

const isMark = (text: string): boolean => markOnly.test(text.replaceAll(SPACE, ''))

function bytesOf(text: string): Uint8Array {
  const byte = byteOf.exec(text)?.[1]
  if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16))
  return new TextEncoder().encode(text.replaceAll(SPACE, ' '))
}
