import type { HeardWord } from '../../phone/listen.ts'
import { labelLikeness } from '../understand/likeness.ts'
import { understand } from '../understand/understand.ts'
import type { ScanNode } from './tree.ts'

/** What is still said of a prompt when its key was pressed begins at once, and ends where the far end has heard the key. */
const beginsMs = 250
const endsMs = 3000
/** Until what the key leads to is said. */
const gapMs = 150
const likeThere = 0.6
/** Where the prompt was over by then, what follows may well be in words of it: "for room reservations" behind "to make a reservation". */
const likeOver = 0.9

/**
 * Words behind a key, without what was still said of the prompt that it was pressed in. Pure.
 * @param words times since the key was pressed
 * @param before the node that the key was pressed at
 * @param under it was pressed while its prompt was said
 */
export function withoutTail(
  words: readonly HeardWord[],
  before: Pick<ScanNode, 'readings'> | undefined,
  under: boolean,
): readonly HeardWord[] {
  const [first] = words
  if (before === undefined || first === undefined || first.fromMs > beginsMs) return words
  for (let k = words.length - 1; k > 0; k--) {
    const [last, next] = [words[k - 1]!, words[k]!]
    if (next.fromMs > endsMs || next.fromMs - last.toMs < gapMs) continue
    const piece = understand(words.slice(0, k))
    // A bare "press one" may as well be the beginning of what follows.
    const bare = k <= 2 && !under
    if (!bare && before.readings.some(({ text }) => standsIn(piece.text, text, under ? likeThere : likeOver)))
      return words.slice(k)
  }
  return words
}

function standsIn(piece: string, text: string, least: number): boolean {
  const all = text.split(' ')
  const count = piece.split(' ').length
  for (let at = 0; at + count <= all.length; at++)
    if (labelLikeness(piece, all.slice(at, at + count).join(' ')) >= least) return true
  return false
}
