import { setImmediate as otherWork } from 'node:timers/promises'
import tokenizer from 'llama-tokenizer-js'
import type { Likelihood } from '../model/likelihood.ts'
import { candidates, mostTokens, type Token } from './candidates.ts'
import type { Written } from './model.ts'
import { beginsWord, joinPieces, type Piece } from './pieces.ts'
import { plainWords } from './plain.ts'
import { repeatedFrom } from './repeat.ts'

/** Texts that are gone on with at once. */
const width = 4
/** Natural logarithm: a text that is so much less likely than the best is given up. On a clean line one is left mostly. 5 brings nothing more. */
const drop = 3
/** How much the language counts, of the sound; with 0.4 prompts were written that nobody said. */
const languageWeight = 0.15
/** For each word: every word costs something by the language, and texts would end early. */
const perWord = 0.3
/** A text may end where this likely, and must where this likely: by the language alone the shortest would be the best. */
const mayEnd = 0.3
const mustEnd = 0.5

interface Draft {
  readonly tokens: readonly Token[]
  /** Those that are complete, as they are said, and the pieces of the one that is not. */
  readonly words: readonly string[]
  readonly open: readonly Piece[]
  /** Natural logarithms of the probability by the sound, and by the language of the words that are complete. */
  readonly heard: number
  readonly language: number
}

const empty: Draft = { tokens: [], words: [], open: [], heard: 0, language: 0 }

const scoreOf = ({ heard, language, words }: Draft): number =>
  heard + languageWeight * language + perWord * words.length

/**
 * Writes what is likely both by the sound and by the language of telephones: several texts at once (a beam), of which the best is left.
 * @param begun nothing is written yet
 */
export async function searchBeam(begun: Written, seconds: number, language: Likelihood): Promise<readonly Token[]> {
  const most = mostTokens(seconds)
  const grammar = new Grammar(language)
  let best: Draft | undefined
  const end = (draft: Draft): void => {
    const whole = grammar.ended(draft)
    if (best === undefined || scoreOf(whole) > scoreOf(best)) best = whole
  }
  let [written, live]: [Written, readonly Draft[]] = [begun, [empty]]
  while (true) {
    const next = new Contest()
    for (const [text, draft] of live.entries()) {
      const { tokens, end: ending, over } = candidates(written.logits[text]!, width + 2, draft.tokens.length)
      const full = draft.tokens.length >= most
      if (full || over || ending >= mayEnd) end(full ? draft : { ...draft, heard: draft.heard + Math.log(ending) })
      if (full || ending >= mustEnd) continue
      for (const token of tokens) {
        const longer = grammar.with(draft, token)
        const from = repeatedFrom(longer.tokens.map(({ id }) => id))
        if (from === undefined) next.enter(longer, text)
        else end(longer.tokens.slice(0, from).reduce((cut, one) => grammar.with(cut, one), empty))
      }
    }
    const kept = next.best(best === undefined ? Number.NEGATIVE_INFINITY : scoreOf(best))
    if (kept.length === 0) break
    written = await written.write(kept.map(({ draft, text }) => ({ text, token: draft.tokens.at(-1)!.id })))
    live = kept.map(({ draft }) => draft)
    // Running the model holds the thread: messages of the parent come in here.
    await otherWork()
  }
  return best?.tokens ?? []
}

/** What words cost. */
class Grammar {
  readonly #language: Likelihood

  constructor(language: Likelihood) {
    this.#language = language
  }

  with(draft: Draft, token: Token): Draft {
    // Moonshine writes in the vocabulary of Llama.
    const piece: Piece = { ...token, text: tokenizer.vocabById[token.id] ?? '' }
    const before = beginsWord(piece) ? this.#closed(draft) : draft
    const heard = draft.heard + Math.log(token.probability)
    return { ...before, heard, tokens: [...draft.tokens, token], open: [...before.open, piece] }
  }

  ended(draft: Draft): Draft {
    const whole = this.#closed(draft)
    return { ...whole, language: whole.language + this.#likely(whole.words, ['</s>']) }
  }

  #closed(draft: Draft): Draft {
    const words = plainWords(joinPieces(draft.open)).map(({ word }) => word)
    if (words.length === 0) return { ...draft, open: [] }
    const language = draft.language + this.#likely(draft.words, words)
    return { ...draft, open: [], words: [...draft.words, ...words], language }
  }

  #likely(before: readonly string[], words: readonly string[]): number {
    return Math.LN10 * this.#language.of(['<s>', ...before.slice(-2)], words, [])
  }
}

interface Entry {
  readonly draft: Draft
  /** The one it goes on from. */
  readonly text: number
}

/** Texts that say the same, with other capitals and marks, are one: the likelier of them, as likely as all together. */
class Contest {
  readonly #entries = new Map<string, Entry>()

  enter(draft: Draft, text: number): void {
    const open = draft.open.map((piece) => piece.text.toLowerCase()).join('')
    const said = `${draft.words.join(' ')} ${open.replace(/[^a-z0-9<>'▁]/g, '')}`
    const other = this.#entries.get(said)
    if (other === undefined) {
      this.#entries.set(said, { draft, text })
      return
    }
    const better = scoreOf(draft) > scoreOf(other.draft) ? { draft, text } : other
    const heard = logSum(draft.heard, other.draft.heard)
    this.#entries.set(said, { ...better, draft: { ...better.draft, heard } })
  }

  /** @param ended how good the best is that has ended */
  best(ended: number): readonly Entry[] {
    const sorted = [...this.#entries.values()].sort((a, b) => scoreOf(b.draft) - scoreOf(a.draft)).slice(0, width)
    const first = sorted[0]
    if (first === undefined) return []
    const least = Math.max(ended, scoreOf(first.draft)) - drop
    return sorted.filter(({ draft }) => scoreOf(draft) >= least)
  }
}

const logSum = (a: number, b: number): number => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))
