import { grow } from '../../../../src/menu/scan/grow.ts'
import type { Hearing, Way } from '../../../../src/menu/scan/hearing.ts'
import { nextMove, type ScanBounds } from '../../../../src/menu/scan/plan.ts'
import { emptyTree, idOf, type ScanTree, standsAt } from '../../../../src/menu/scan/tree.ts'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'

export const bounds: ScanBounds = { depth: 4, hearings: 2, probe: 'none' }

/** What a line says, and which line each key leads to. A line without keys hangs up, or goes on where `goesTo` says. */
export interface Line {
  /** A `|` of a far end on a clock is a pause. */
  readonly says: string
  /** Milliseconds until a far end begins to say it. */
  readonly afterMs?: number
  /** The recogniser fails where a far end on a clock says this for the first time, or always. */
  readonly fails?: true | 'always'
  /** Milliseconds at which a noise lies over it where a far end on a clock says it for the first time. */
  readonly noise?: readonly [number, number]
  /** A far end on a clock says it once more where no key comes. */
  readonly again?: true
  /** A far end on a clock hears no key while it says this. */
  readonly deaf?: true
  /** A far end on a clock plays the same each time: what it sounds like is told as well. */
  readonly recorded?: true
  readonly keys?: Readonly<Record<string, string>>
  readonly goesTo?: string
}
export type Lines = Readonly<Record<string, Line>>

let made = 0
export function hearing(way: Way, text: string, over: Partial<Hearing> = {}): Hearing {
  const facts = { tones: [], music: false, hungUp: false, silentMs: 3000 }
  return { id: `h${++made}`, way, words: wordsOfText(text), ...facts, ...over }
}

export interface Scanned {
  readonly tree: ScanTree
  readonly calls: number
  readonly presses: number
  readonly ways: readonly string[]
}

/** Scans lines that understand each word, a call after another, as the app does. */
export function scan(lines: Lines, over: Partial<ScanBounds> = {}, from: ScanTree = emptyTree): Scanned {
  const limits = { ...bounds, ...over }
  let tree = from
  let [calls, presses] = [0, 0]
  const ways: string[] = []
  for (; calls < 50; calls++) {
    let at: string | undefined
    let line = 'main'
    const hear = (way: Way): void => {
      const { says, keys, goesTo } = lines[line]!
      const on = keys === undefined && goesTo !== undefined
      tree = grow(
        tree,
        hearing(way, on ? `${says} ${lines[goesTo]!.says}` : says, { hungUp: keys === undefined && !on }),
      )
      if (on) line = goesTo
      at = standsAt(tree, idOf(way))
      ways.push(idOf(way))
    }
    let move = nextMove(tree, at, limits)
    if (move.kind === 'done') break
    for (; move.kind !== 'done'; ) {
      if (move.kind === 'hear') hear(tree.nodes.get(move.node)?.way ?? [])
      else {
        for (const press of move.presses) {
          presses++
          const way = [...tree.nodes.get(press.from)!.way, press.key]
          const next = lines[line]!.keys?.[press.key]
          if (next !== undefined) line = next
          if (press.to !== undefined) {
            const { keys, goesTo } = lines[line]!
            if (keys === undefined && goesTo !== undefined) line = goesTo
            at = press.to
          } else if (next === undefined) {
            tree = grow(tree, hearing(way, `Sorry, that is not a valid option. ${lines[line]!.says}`))
            at = standsAt(tree, idOf(way))
            ways.push(idOf(way))
          } else hear(way)
        }
      }
      if (at === undefined) break
      move = nextMove(tree, at, limits)
    }
  }
  return { tree, calls, presses, ways }
}
