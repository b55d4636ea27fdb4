import { readFile } from 'node:fs/promises'
import { setImmediate as otherWork } from 'node:timers/promises'

interface Gram {
  /** Logarithms to base 10: of the probability, and of what is left for words that were never seen behind it. */
  readonly likely: number
  readonly backOff: number
}

/** A word that the model does not know is as rare as the rarest that it knows, and then some. */
const unknown = -6.5
/** Some 5 ms of work. */
const linesAtATime = 5000

/** How likely words are behind others, by the language model of the telephone: trigrams, and shorter ones where they were never seen (Katz). */
export class Likelihood {
  readonly #grams: ReadonlyMap<string, Gram>

  private constructor(grams: ReadonlyMap<string, Gram>) {
    this.#grams = grams
  }

  /** Reads a model in ARPA format, letting other work be done in between. */
  static async read(path: string): Promise<Likelihood> {
    const grams = new Map<string, Gram>()
    let words = 0
    const lines = (await readFile(path, 'utf8')).split('\n')
    for (const [i, line] of lines.entries()) {
      if (i % linesAtATime === linesAtATime - 1) await otherWork()
      const section = /^\\(\d)-grams:/.exec(line)?.[1]
      if (section !== undefined) words = Number(section)
      else if (words > 0) readGram(line.split(/\s+/), words, grams)
    }
    return new Likelihood(grams)
  }

  /** Logarithm to base 10 of the probability of the words behind those before, and of the two that follow. */
  of(before: readonly string[], words: readonly string[], behind: readonly string[]): number {
    let context = before.slice(-2)
    let sum = 0
    for (const word of [...words, ...behind.slice(0, 2)]) {
      sum += this.#one(context, word)
      context = [...context, word].slice(-2)
    }
    return sum
  }

  #one(context: readonly string[], word: string): number {
    if (!this.#grams.has(word)) return unknown
    const found = this.#grams.get([...context, word].join(' '))
    if (found !== undefined) return found.likely
    return (this.#grams.get(context.join(' '))?.backOff ?? 0) + this.#one(context.slice(1), word)
  }
}

function readGram(parts: readonly string[], words: number, grams: Map<string, Gram>): void {
  const likely = Number(parts[0])
  if (parts.length <= words || Number.isNaN(likely)) return
  const backOff = Number(parts[words + 1] ?? 0)
  grams.set(parts.slice(1, words + 1).join(' '), { likely, backOff })
}
