import type { HeardWord } from '../../phone/listen.ts'
import { promptLikeness } from '../understand/likeness.ts'
import { understand } from '../understand/understand.ts'
import { recognises } from './recognise.ts'
import { parentId, type ScanNode, type ScanTree } from './tree.ts'
import { understoodOf } from './understood.ts'

/** A menu often follows without the pause that two prompts have between them. */
const pauseMs = 150
/** "We are sorry, but that is not one of the options that you can choose from." */
const mostWords = 16
/** Fewer tell nothing of a menu. */
const leastWords = 4
/** Behind a refusal nothing is to be expected but the menu that was refused in: much of it may be misheard. */
const likeMenu = 0.2

/** How many words at the beginning say that a key is none; 0 where there are none. Pure. */
export function refusalIn(words: readonly HeardWord[]): number {
  for (let k = 2; k <= Math.min(words.length, mostWords); k++) {
    const [last, next] = [words[k - 1]!, words[k]]
    if (next !== undefined && next.fromMs - last.toMs < pauseMs && !/[.!?]$/.test(last.word)) continue
    const { kind, options } = understoodOf(words, 0, k)
    if (options.length > 0) return 0
    if (kind === 'error') return k
  }
  return 0
}

/**
 * The node that was refused in, where it is said again behind the refusal. Pure.
 * @param node the place that was heard
 * @param words those behind the refusal
 */
export function refusedIn(
  tree: ScanTree,
  node: Pick<ScanNode, 'way'>,
  words: readonly HeardWord[],
): string | undefined {
  const before = node.way.length === 0 ? undefined : tree.nodes.get(parentId(node))
  if (before?.end !== 'menu' || words.length < leastWords) return undefined
  const said = understand(words)
  const like = before.readings.some((reading) => promptLikeness(reading, said) >= likeMenu) || recognises(before, words)
  return like ? before.id : undefined
}
