import type { Hearing } from '../../../menu/scan/hearing.ts'
import { childId, rootOf, type ScanNode, type ScanOption, type ScanTree, stateOf } from '../../../menu/scan/tree.ts'
import { labelLikeness } from '../../../menu/understand/likeness.ts'
import { understand } from '../../../menu/understand/understand.ts'
import type { HeardWord } from '../../../phone/listen.ts'

/** A word with its beginning and end in seconds. */
export type TimedWord = readonly [word: string, from: number, to: number]

export interface MenuNode {
  readonly id: number
  readonly info: {
    /** What was said of the key in the menu before. */
    readonly parent_text: string
    /** From the start, with commas between. */
    readonly keys_to_reach: string
  }
  readonly key: string
  readonly audio_text: string
  readonly audio_text_debug:
    | readonly {
        readonly transcript: string
        readonly confidence: number
        readonly timestamps: readonly TimedWord[]
      }[]
    | null
  readonly children: readonly MenuNode[]
}

/** What was heard, by its id. */
export type Heard = ReadonlyMap<string, Pick<Hearing, 'words'>>

/** Ids of all nodes that are shown, the start first. */
export function shownNodes(tree: ScanTree): readonly string[] {
  const root = rootOf(tree)
  if (root === undefined) return []
  const all: string[] = []
  const visit = (node: Shown): void => {
    all.push(node.id)
    for (const child of childrenOf(tree, node)) visit(child)
  }
  visit(root)
  return all
}

/**
 * A tree as the crawler nests it: keys that were pressed, or that lead back by their own words, each in the menu that offers it.
 * @param ids numbers of nodes
 */
export function menuTree(tree: ScanTree, ids: ReadonlyMap<string, number>, heard: Heard): MenuNode | undefined {
  const root = rootOf(tree)
  return root === undefined ? undefined : show(tree, root, undefined, ids, heard)
}

/** Of a key that was not pressed nothing was heard. */
type Shown = ScanNode | (Pick<ScanNode, 'id' | 'way'> & { readonly heard: false })
const isHeard = (node: Shown): node is ScanNode => !('heard' in node)

function show(
  tree: ScanTree,
  node: Shown,
  parent: ScanNode | undefined,
  ids: ReadonlyMap<string, number>,
  heard: Heard,
): MenuNode {
  const key = node.way.at(-1) ?? ''
  const words = isHeard(node) ? wordsOf(node, heard) : []
  return {
    id: ids.get(node.id) ?? 0,
    info: {
      parent_text: parent === undefined ? '' : offerOf(parent, key, heard),
      keys_to_reach: node.way.join(','),
    },
    key,
    audio_text: isHeard(node) ? node.text : '',
    audio_text_debug: words.length === 0 ? null : [transcriptOf(words)],
    children: isHeard(node) ? childrenOf(tree, node).map((child) => show(tree, child, node, ids, heard)) : [],
  }
}

const childrenOf = (tree: ScanTree, node: Shown): readonly Shown[] =>
  isHeard(node) ? node.options.flatMap((option) => childOf(tree, node, option)) : []

function childOf(tree: ScanTree, node: ScanNode, option: ScanOption): readonly Shown[] {
  const state = stateOf(tree, node, option)
  const id = childId(node, option.key)
  switch (state.kind) {
    case 'explored':
      return [state.node]
    case 'loop':
      return [tree.nodes.get(id) ?? { id, way: [...node.way, option.key], heard: false }]
    case 'open':
    case 'refused':
      return []
  }
}

const heardOf = (node: ScanNode, heard: Heard): readonly (readonly HeardWord[])[] =>
  node.hearings.map((id) => heard.get(id)?.words ?? []).filter((words) => words.length > 0)

/** Those of the hearing whose text is told; the fullest where it is none of them. */
function wordsOf(node: ScanNode, heard: Heard): readonly HeardWord[] {
  const all = heardOf(node, heard)
  const told = all.find((words) => understand(words).text === node.text)
  return told ?? all.reduce((most, words) => (words.length > most.length ? words : most), all[0] ?? [])
}

/** The words that offered the key where its label was heard best, else the label. In a hearing that lost them, they may be those of a neighbour. */
function offerOf(parent: ScanNode, key: string, heard: Heard): string {
  const label = parent.options.find((option) => option.key === key)?.label ?? ''
  const offers = heardOf(parent, heard).flatMap((words) =>
    understand(words)
      .options.filter((option) => option.key === key && (option.label !== '' || label === ''))
      .map(({ words: { from, to }, label: said, confidence }) => ({
        words: words.slice(from, to),
        score: labelLikeness(said, label) + confidence / 10,
      })),
  )
  const best = offers.sort((a, b) => b.score - a.score)[0]
  return best === undefined ? label : textOf(best.words)
}

const textOf = (words: readonly HeardWord[]): string => words.map(({ word }) => word).join(' ')
const seconds = (ms: number): number => Math.round(ms / 10) / 100

function transcriptOf(words: readonly HeardWord[]) {
  const confidences = words.map(({ confidence }) => confidence ?? 1)
  const mean = confidences.reduce((sum, one) => sum + one, 0) / confidences.length
  return {
    // With a space at its end, as there.
    transcript: `${textOf(words)} `,
    confidence: Math.round(mean * 100) / 100,
    timestamps: words.map(({ word, fromMs, toMs }): TimedWord => [word, seconds(fromMs), seconds(toMs)]),
  }
}
