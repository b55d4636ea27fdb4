import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { type PromptCache, type PromptKey, promptHash } from './cache.ts'
import { pickVoice } from './choose.ts'
import {
  fastestRate,
  type SpeechEngine,
  SpeechError,
  type SpeechSynthesizer,
  slowestRate,
  type Utterance,
  type Voice,
} from './synthesizer.ts'
import { writeTelephoneWav } from './telephone-wav.ts'
import { cleanText, cutText } from './text.ts'

/** Characters handed to an engine at once: some ten seconds of speech, so that memory and a refusal stay small. */
const pieceLength = 400

interface Making {
  readonly file: Promise<string>
  readonly stop: AbortController
  waiting: number
}

/** Speaks by the first engine that fits and keeps what was spoken. The same words asked for twice at once are made once. */
export class CachedSynthesizer implements SpeechSynthesizer {
  readonly name: string
  readonly voices: readonly Voice[]
  readonly #engines: readonly SpeechEngine[]
  readonly #cache: PromptCache
  readonly #clock: Clock
  readonly #log: Logger
  readonly #making = new Map<string, Making>()

  constructor(o: { engines: readonly SpeechEngine[]; cache: PromptCache; clock: Clock; log: Logger }) {
    this.#engines = o.engines
    this.#cache = o.cache
    this.#clock = o.clock
    this.#log = o.log
    this.name = o.engines.map((engine) => engine.name).join('+') || 'none'
    this.voices = o.engines.flatMap((engine) => engine.voices)
  }

  lacks(language: string): string | undefined {
    try {
      pickVoice(this.#engines, { language })
      return undefined
    } catch (error) {
      // That there is no engine at all is no fault of the language.
      return error instanceof SpeechError && error.code === 'language_unknown' ? error.message : undefined
    }
  }

  async synthesize(utterance: Utterance): Promise<string> {
    const signal = utterance.signal ?? new AbortController().signal
    signal.throwIfAborted()
    const text = cleanText(utterance.text)
    const rate = checkRate(utterance.rate ?? 1)
    const { engine, voice } = pickVoice(this.#engines, utterance)
    const key = { engine: engine.name, version: engine.version, voice: voice.name, rate, text }
    const hash = promptHash(key)
    const kept = this.#making.has(hash) ? undefined : await this.#cache.find(hash)
    if (kept !== undefined) return kept
    return await this.#join(hash, signal, () => this.#start(hash, key, engine, voice))
  }

  /** Waits for a prompt that is being made, beside whoever waits already; the last one to give up stops the work. */
  async #join(hash: string, signal: AbortSignal, start: () => Making): Promise<string> {
    const making = this.#making.get(hash) ?? start()
    making.waiting++
    let giveUp = () => {}
    const given = new Promise<never>((_, reject) => {
      giveUp = () => reject(signal.reason as Error)
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp, { once: true })
    })
    try {
      return await Promise.race([making.file, given])
    } finally {
      signal.removeEventListener('abort', giveUp)
      making.waiting--
      if (making.waiting === 0) {
        // A newcomer from here on starts anew: this one may be half stopped.
        if (this.#making.get(hash) === making) this.#making.delete(hash)
        making.stop.abort(new Error('Nobody waits for this prompt any more.'))
      }
    }
  }

  #start(hash: string, key: PromptKey, engine: SpeechEngine, voice: Voice): Making {
    const stop = new AbortController()
    const began = this.#clock.now()
    const file = this.#cache.add(hash, async (folder) => {
      const parts: string[] = []
      for (const [i, text] of cutText(key.text, pieceLength).entries()) {
        const own = join(folder, String(i))
        await mkdir(own)
        const to = join(folder, `${i}.wav`)
        await engine.render({ text, voice, rate: key.rate, folder: own, to, signal: stop.signal })
        parts.push(to)
      }
      const made = join(folder, 'prompt.wav')
      await writeTelephoneWav(parts, made)
      return made
    })
    file.then(
      () => {
        const ms = Math.round(this.#clock.now() - began)
        this.#log.debug({ engine: engine.name, voice: voice.name, characters: key.text.length, ms }, 'Prompt made')
      },
      // Those who wait get the error; when all gave up there is nobody to tell.
      () => {},
    )
    const making: Making = { file, stop, waiting: 0 }
    this.#making.set(hash, making)
    return making
  }
}

function checkRate(rate: number): number {
  if (!(rate >= slowestRate && rate <= fastestRate)) {
    throw new SpeechError('rate_out_of_range', `The rate ${rate} is not between ${slowestRate} and ${fastestRate}.`)
  }
  // Hundredths are all that can be heard, and make for more hits in the cache.
  return Math.round(rate * 100) / 100
}
