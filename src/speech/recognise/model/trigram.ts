/**
 * What may always follow, however sure the sentences are: patterns repeat themselves more than people do, so counts alone would make
 * everything else impossible.
 */
const openMass = { trigram: 0.05, bigram: 0.05 }
/** Of the single words: this share is spread evenly over all of them. */
const even = 0.25
const begin = '<s>'
const end = '</s>'

/** Counts word triples, then writes the model of them in ARPA format, which every recogniser reads. */
export class TrigramCounter {
  readonly #ids = new Map<string, number>()
  readonly #words: string[] = []
  readonly #counts = {
    one: new Map<number, number>(),
    two: new Map<number, number>(),
    three: new Map<number, number>(),
  }

  constructor() {
    this.#id(begin)
    this.#id(end)
  }

  get words(): readonly string[] {
    return this.#words.slice(2)
  }

  /** A word that may be said though no sentence has it. */
  know(word: string): void {
    this.#id(word)
  }

  add(sentence: readonly string[]): void {
    const ids = [0, ...sentence.map((word) => this.#id(word)), 1]
    for (let i = 0; i < ids.length; i++) {
      const [a = 0, b = 0, c = 0] = [ids[i - 2], ids[i - 1], ids[i]]
      if (i > 0) bump(this.#counts.one, c)
      if (i > 0) bump(this.#counts.two, pair(b, c))
      if (i > 1) bump(this.#counts.three, triple(a, b, c))
    }
  }

  /** @param leastTriple triples that were seen less often are left to the pairs */
  arpa(leastTriple = 2): string {
    const { one, two } = this.#counts
    const three = [...this.#counts.three].filter(([, count]) => count >= leastTriple)
    const total = sum(one.values())
    const size = this.#words.length - 1
    const single = (word: number): number => ((1 - even) * (one.get(word) ?? 0)) / total + even / size
    const afterWord = histories(two, first)
    const afterPair = histories(three, firstTwo)
    const openWord = (word: number): number => open(afterWord.get(word), openMass.bigram)
    const openPair = (words: number): number => open(afterPair.get(words), openMass.trigram)
    const double = (words: number): number => {
      const a = first(words)
      const seen = afterWord.get(a)
      const lower = single(second(words))
      if (seen === undefined) return lower
      return ((1 - openWord(a)) * (two.get(words) ?? 0)) / seen.count + openWord(a) * lower
    }
    const triples = three.map(([words, count]): string => {
      const history = firstTwo(words)
      const seen = afterPair.get(history)
      const mass = openPair(history)
      const p = ((1 - mass) * count) / (seen?.count ?? count) + mass * double(lastTwo(words))
      return `${log(p)} ${this.#words[first(history)]} ${this.#words[second(history)]} ${this.#words[words % base]}`
    })
    const pairs = [...two.keys()].map(
      (words) =>
        `${log(double(words))} ${this.#words[first(words)]} ${this.#words[second(words)]} ${log(openPair(words))}`,
    )
    const singles = this.#words.map((word, id) => `${id === 0 ? '-99' : log(single(id))} ${word} ${log(openWord(id))}`)
    const counts = `\\data\\\nngram 1=${singles.length}\nngram 2=${pairs.length}\nngram 3=${triples.length}\n`
    return `${counts}\n\\1-grams:\n${singles.join('\n')}\n\n\\2-grams:\n${pairs.join('\n')}\n\n\\3-grams:\n${triples.join('\n')}\n\n\\end\\\n`
  }

  #id(word: string): number {
    const known = this.#ids.get(word)
    if (known !== undefined) return known
    const id = this.#words.length
    this.#ids.set(word, id)
    this.#words.push(word)
    return id
  }
}

/** Words have ids below this; three of them fit in the 53 bits of a number. */
const base = 1 << 17
const pair = (a: number, b: number): number => a * base + b
const triple = (a: number, b: number, c: number): number => pair(a, b) * base + c
const first = (words: number): number => Math.floor(words / base)
const second = (words: number): number => words % base
const firstTwo = (words: number): number => Math.floor(words / base)
const lastTwo = (words: number): number => words % (base * base)

interface History {
  count: number
  kinds: number
}

function histories(counts: Iterable<readonly [number, number]>, historyOf: (words: number) => number) {
  const found = new Map<number, History>()
  for (const [words, count] of counts) {
    const history = historyOf(words)
    const seen = found.get(history)
    if (seen === undefined) found.set(history, { count, kinds: 1 })
    else {
      seen.count += count
      seen.kinds++
    }
  }
  return found
}

/** Share that is left to shorter histories (Witten and Bell, 1991), never less than `least`. */
const open = (seen: History | undefined, least: number): number =>
  seen === undefined ? 1 : Math.max(least, seen.kinds / (seen.count + seen.kinds))

const bump = (counts: Map<number, number>, key: number): unknown => counts.set(key, (counts.get(key) ?? 0) + 1)
const sum = (counts: Iterable<number>): number => [...counts].reduce((all, count) => all + count, 0)
/** Base 10, as the format has it. */
const log = (p: number): string => Math.log10(p).toFixed(4)
