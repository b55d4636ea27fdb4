import { setImmediate as otherWork } from 'node:timers/promises'
import type { Logger } from '../../base/log.ts'
import type { Hearing } from '../../menu/scan/hearing.ts'
import { PrintWatch } from '../../menu/scan/print.ts'
import { readHearing } from '../../menu/scan/read.ts'
import { idOf, type ScanTree } from '../../menu/scan/tree.ts'
import type { SoundPiece } from '../../phone/listen.ts'
import type { KnownBySound } from './known.ts'
import { learnMenu, learnMessage } from './learn.ts'

/** A hearing of this scan from before it was interrupted. */
export interface HeardBefore {
  readonly hearing: Hearing
  /** What it sounds like until then, since the hearing began, in pieces between which other work is done. @throws Error where that is not kept */
  sound(toMs: number): AsyncIterable<SoundPiece>
}

/** The longest greeting, and as much behind it as a print has. */
const mostMs = 24_000

/**
 * Learns by the sound of what was heard before what a scan that was not interrupted would know. Which menus are deaf is learnt by the next key that
 * is pressed early there.
 */
export async function learnAgain(
  { prints, messages, lasts }: Pick<KnownBySound, 'prints' | 'messages' | 'lasts'>,
  tree: ScanTree,
  heard: readonly HeardBefore[],
  { log, stopped }: { readonly log: Logger; readonly stopped: () => boolean },
): Promise<void> {
  for (const { hearing, sound } of heard) {
    const { way, words, bySound } = hearing
    const node = tree.nodes.get(idOf(way))
    const [first, last] = [words[0], words.at(-1)]
    if (node === undefined || first === undefined || last === undefined || bySound !== undefined) continue
    if (stopped()) return
    const isMenu = node.end === 'menu'
    if (isMenu && readHearing(tree, hearing).end.kind !== 'menu') continue
    if (isMenu) lasts.set(node.id, Math.max(lasts.get(node.id) ?? 0, last.toMs - first.fromMs))
    // Menus that a message may contain are not looked for again: it was heard out because none was found.
    const watch = new PrintWatch(new Map(), messages)
    try {
      for await (const piece of sound(first.fromMs + mostMs)) watch.push(piece)
    } catch (err) {
      log.warn(
        { hearing: hearing.id, err },
        'what was heard before is known by its words alone: its sound cannot be read',
      )
      continue
    }
    // Whether a key was pressed early is not known any more: what stands well before the words is left out.
    if (isMenu) learnMenu(prints, node.id, watch, { words, fromMs: first.fromMs, early: way.length > 0 })
    else learnMessage(messages, node, watch, words)
    await otherWork()
  }
}
