import type { Transcription } from '../apps/document/ports.ts'
import type { Clock } from '../base/clock.ts'
import type { Scope } from '../base/scope.ts'
import { utterancesOf } from '../media/index.ts'
import { noRecogniser } from '../phone/listen.ts'
import { RecogniseError, type SpeechRecogniser } from '../speech/index.ts'

/** Calls in progress come first: a recording waits until the recogniser has time, for so long in all. */
const againMs = 2000
const mostAgain = 150

/** Writes down what is said in recordings, one after the other. */
export class Transcriber {
  readonly #recogniser: SpeechRecogniser | undefined
  readonly #clock: Pick<Clock, 'after'>
  readonly #scope: Scope
  #last: Promise<unknown> = Promise.resolve()

  /** @param scope what still waits when it closes is not told of */
  constructor(recogniser: SpeechRecogniser | undefined, clock: Pick<Clock, 'after'>, scope: Scope) {
    this.#recogniser = recogniser
    this.#clock = clock
    this.#scope = scope
  }

  /** @param path of a recording that is over. Never rejects. */
  transcribe(path: string): Promise<Transcription> {
    const work = this.#last.then(() => this.#transcribe(path))
    this.#last = work
    return work
  }

  async #transcribe(path: string): Promise<Transcription> {
    const recogniser = this.#recogniser
    if (recogniser === undefined) return { text: '', error: noRecogniser }
    const texts: string[] = []
    const patience = { left: mostAgain }
    try {
      for await (const pieces of utterancesOf(path)) texts.push(await this.#recognise(pieces, recogniser, patience))
    } catch (error) {
      return { text: joined(texts), error: error instanceof Error ? error.message : String(error) }
    }
    return { text: joined(texts) }
  }

  /** @param patience of the recording: how often it may still wait */
  async #recognise(
    pieces: readonly Int16Array[],
    recogniser: SpeechRecogniser,
    patience: { left: number },
  ): Promise<string> {
    for (;;) {
      try {
        const utterance = recogniser.open({})
        for (const piece of pieces) utterance.write(piece)
        return (await utterance.end()).text
      } catch (error) {
        if (!(error instanceof RecogniseError) || error.code !== 'busy' || patience.left === 0) throw error
        patience.left--
        await this.#wait()
      }
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(againMs, () => {
        forget()
        resolve()
      })
      const forget = this.#scope.add('wait for the recogniser', () => timer.stop())
    })
  }
}

const joined = (texts: readonly string[]): string => texts.filter((text) => text !== '').join(' ')
