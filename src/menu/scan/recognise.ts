import type { HeardWord } from '../../phone/listen.ts'
import { labelLikeness, promptLikeness } from '../understand/likeness.ts'
import { type Understanding, understand } from '../understand/understand.ts'
import type { ScanNode, ScanTree } from './tree.ts'

/** So much of a beginning must be alike; a greeting of three words is not enough. */
const likeBeginning = 0.6
const leastWords = 4
/** The more is heard, the less of it may be mistaken. */
const manyWords = 8
const likeMany = 0.45

/**
 * Whether what is heard so far is the prompt of this node: then its key can be pressed, since whatever else is said is known. Pure.
 * @param words the beginning of a prompt, at least one utterance of it
 */
export function recognises(node: Pick<ScanNode, 'readings'>, words: readonly HeardWord[]): boolean {
  const said = understand(words)
  const heard = said.text.split(' ')
  if (node.readings.some((reading) => reading.options.length > 0 && promptLikeness(reading, said) >= likeBeginning))
    return true
  if (heard.length < leastWords) return false
  return node.readings.some((reading) => {
    const known = reading.text.split(' ')
    const least = heard.length >= manyWords ? likeMany : likeBeginning
    return labelLikeness(known.slice(0, heard.length).join(' '), said.text) >= least
  })
}

/** On a line that hisses two hearings of one prompt may share no more. */
const likeOverall = 0.2
/** At the start of a call nothing else is to be expected: that so many keys are the same is enough. */
const sameKeys = 0.5

/** Whether a prompt that was heard out, and not recognised by its words, is that of this node all the same: no other that is known is nearer. Pure. */
export function mayBe(tree: ScanTree, node: ScanNode, words: readonly HeardWord[]): boolean {
  const said = understand(words)
  if (said.options.length === 0) return false
  const like = ({ readings }: ScanNode): number =>
    Math.max(0, ...readings.map((reading) => promptLikeness(reading, said)))
  const here = like(node)
  if (here < likeOverall && !(node.way.length === 0 && sharedKeys(node, said) >= sameKeys)) return false
  return [...tree.nodes.values()].every((other) => other.end !== 'menu' || other.id === node.id || like(other) <= here)
}

function sharedKeys({ options }: ScanNode, said: Understanding): number {
  const shared = said.options.filter(({ key }) => options.some((option) => option.key === key)).length
  return shared / Math.min(options.length, said.options.length)
}
