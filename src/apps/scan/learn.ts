import { holdsPrint, type PrintWatch, printOf, type SoundPrint, tellsApart } from '../../menu/scan/print.ts'
import { untilRung } from '../../menu/scan/read.ts'
import { isMessage, type ScanNode } from '../../menu/scan/tree.ts'
import { understoodOf } from '../../menu/scan/understood.ts'
import type { HeardWord } from '../../phone/listen.ts'

/** What was under way when an early key was pressed. */
export const underWayMs = 300
/** Of fewer words there is no print. */
const leastWords = 3
/** What is understood worse is understood anew where it is said again. */
const sureEnd = 0.6
const sureWords = 0.6

type Prints = Map<string, SoundPrint>

/**
 * @param words of the prompt
 * @param fromMs where the first of them stands, behind what was still said of the prompt before
 */
export function learnMenu(
  prints: Prints,
  id: string,
  { sound }: PrintWatch,
  {
    words,
    fromMs,
    early,
  }: { readonly words: readonly HeardWord[]; readonly fromMs: number | undefined; readonly early: boolean },
): void {
  // One that is not known again by its print was taken where something lay over the prompt.
  const before = prints.get(id)
  if (before !== undefined && tellsApart(before) && holdsPrint(sound, before)) return
  const from = Math.max(early ? underWayMs : 0, (fromMs ?? 0) - underWayMs)
  const print = printOf(sound, from, { greetingMs: optionMs(words) })
  if (print !== undefined) prints.set(id, print)
}

/** Until the first option is said. */
function optionMs(words: readonly HeardWord[]): number {
  const [option] = understoodOf(words).options
  return option === undefined ? 0 : option.words.fromMs - words[0]!.fromMs
}

/** From the first word to the last: whoever rings before it rings elsewhere as well, and what follows is a person or a beep. */
export function learnMessage(messages: Prints, node: ScanNode, watch: PrintWatch, heard: readonly HeardWord[]): void {
  const words = node.end === 'transfer' ? heard.slice(0, untilRung(heard)) : heard
  const [first, last] = [words[0], words.at(-1)]
  if (first === undefined || last === undefined || words.length < leastWords) return
  if (!isMessage(node) || node.confidence < sureEnd) return
  const confidence = words.reduce((sum, { confidence = 1 }) => sum + confidence, 0) / words.length
  // A message that is known by two prints is known by neither.
  if (confidence < sureWords || watch.holds) return
  const print = printOf(watch.sound, Math.max(0, first.fromMs - underWayMs), { toMs: last.toMs })
  if (print !== undefined) messages.set(node.id, print)
}
