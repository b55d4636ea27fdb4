import type { Recognised, RecognisedWord } from '../recogniser.ts'

export type LogEvent =
  /** The models are read, utterances are taken. */
  | { readonly kind: 'began'; readonly id: string }
  | { readonly kind: 'done'; readonly id: string; readonly recognised: Recognised }
  | { readonly kind: 'failed'; readonly id: string; readonly sentence: string }
  | { readonly kind: 'fatal'; readonly sentence: string }

/** The decoder counts time in frames of 10 ms. */
const FRAME_MS = 10

/**
 * Reads what `pocketsphinx_batch -backtrace yes` writes to its log, line by line. Per utterance:
 *
 *     INFO: batch.c(729): Decoding 'u7'
 *     word                 start end   pprob ascr       lscr       lback
 *     for(2)               12    35    0.400 -643072    -127       2
 *     <sil>                193   198   0.840 -285696    -524288    3
 *     u7 done --------------------------------------
 */
export class LogReader {
  #id: string | undefined
  #table = false
  #words: RecognisedWord[] = []
  #error: string | undefined

  line(line: string): LogEvent | undefined {
    const decoding = /Decoding '([^']*)'$/.exec(line)?.[1]
    if (decoding !== undefined) {
      this.#id = decoding
      this.#words = []
      this.#table = false
      this.#error = undefined
      return { kind: 'began', id: decoding }
    }
    const fatal = /^FATAL(?:_ERROR)?: (.*)$/.exec(line)?.[1]
    if (fatal !== undefined) return { kind: 'fatal', sentence: fatal }
    const error = /^ERROR: (.*)$/.exec(line)?.[1]
    if (error !== undefined) {
      // An utterance that cannot be read has no line that says it is done.
      if (this.#id !== undefined && /Failed to open/.test(error)) return this.#failed(error)
      this.#error = error
      return undefined
    }
    if (this.#id !== undefined && line.startsWith(`${this.#id} done -`)) return this.#done()
    if (/^word\s+start\s+end\s+pprob/.test(line)) {
      // Told once per pass; the last pass counts.
      this.#table = true
      this.#words = []
    } else if (this.#table) this.#row(line)
    return undefined
  }

  /** What was said last before the end of the log. */
  get lastError(): string | undefined {
    return this.#error
  }

  #row(line: string): void {
    if (line.startsWith('INFO')) {
      // Between the head of the table and its rows there is one line about the search.
      if (this.#words.length > 0) this.#table = false
      return
    }
    const row = /^(\S+)\s+(\d+)\s+(\d+)\s+([\d.]+)\s/.exec(line)
    if (row === null) return
    const [, spoken = '', from, to, posterior] = row
    if (/^[<[+]/.test(spoken)) return
    this.#words.push({
      // `for(2)`: another way to say it.
      word: spoken.replace(/\(\d+\)$/, ''),
      fromMs: Number(from) * FRAME_MS,
      toMs: (Number(to) + 1) * FRAME_MS,
      confidence: Math.min(1, Number(posterior)),
    })
  }

  #done(): LogEvent {
    const id = this.#id ?? ''
    const words = this.#words
    this.#id = undefined
    this.#table = false
    const text = words.map(({ word }) => word).join(' ')
    if (words.length === 0) return { kind: 'done', id, recognised: { text, words } }
    const confidence = words.reduce((sum, word) => sum + (word.confidence ?? 0), 0) / words.length
    return { kind: 'done', id, recognised: { text, words, confidence } }
  }

  #failed(sentence: string): LogEvent {
    const id = this.#id ?? ''
    this.#id = undefined
    return { kind: 'failed', id, sentence }
  }
}
