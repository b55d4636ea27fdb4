import type { HeardWord } from '../../phone/listen.ts'
import { promptLikeness, wordLikeness } from '../understand/likeness.ts'
import { understand } from '../understand/understand.ts'
import type { ScanNode } from './tree.ts'

/** So much of a beginning must be alike; a greeting of three words is not enough. */
const likeBeginning = 0.6
const leastWords = 4

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
    return wordLikeness(known.slice(0, heard.length).join(' '), said.text) >= likeBeginning
  })
}
