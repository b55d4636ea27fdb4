/** Options found against those that were offered, the key exactly right. */
export interface Found {
  readonly offered: number
  readonly found: number
  /** Keys that are not offered. */
  readonly invented: number
  readonly menus: number
  /** Neither a key missing nor one too many. */
  readonly exactMenus: number
  readonly trees: number
  readonly exactTrees: number
}

export const none: Found = { offered: 0, found: 0, invented: 0, menus: 0, exactMenus: 0, trees: 0, exactTrees: 0 }

export function compareKeys(offered: Iterable<string>, heard: Iterable<string>): Found {
  const [right, got] = [new Set(offered), new Set(heard)]
  const found = [...right].filter((key) => got.has(key)).length
  const invented = got.size - found
  const exact = Number(found === right.size && invented === 0)
  return { ...none, offered: right.size, found, invented, menus: 1, exactMenus: exact }
}

export function addFound(a: Found, b: Found): Found {
  return {
    offered: a.offered + b.offered,
    found: a.found + b.found,
    invented: a.invented + b.invented,
    menus: a.menus + b.menus,
    exactMenus: a.exactMenus + b.exactMenus,
    trees: a.trees + b.trees,
    exactTrees: a.exactTrees + b.exactTrees,
  }
}

/** The menus of one tree as one tree. */
export function wholeTree(menus: readonly Found[]): Found {
  const all = menus.reduce(addFound, none)
  return { ...all, trees: 1, exactTrees: Number(all.menus === all.exactMenus) }
}

const share = (a: number, b: number): string => (b === 0 ? '-' : ((100 * a) / b).toFixed(1))

export const foundCells = (all: Found): readonly string[] => [
  share(all.found, all.offered),
  share(all.found, all.found + all.invented),
  share(all.exactMenus, all.menus),
  share(all.exactTrees, all.trees),
  String(all.trees),
]
