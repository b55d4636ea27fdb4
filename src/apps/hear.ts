import type { Clock, Timer } from '../base/clock.ts'
import { deferred } from '../base/deferred.ts'
import { type Call, CallEnded, type GatherOptions } from '../phone/call.ts'
import type { HeardTone, ListenEvent, Listening } from '../phone/listen.ts'
import type { Prompt } from '../phone/prompt.ts'

export interface HearOptions {
  /** What is said while it plays counts. */
  readonly prompt?: Prompt
  /** The first word stops the prompt; true unless given. False: what is said during it is not heard. */
  readonly bargeIn?: boolean
  /** From the end of the prompt to the first word, 200–60,000; 5000 unless given. */
  readonly firstWordMs?: number
  /** A pause of this length ends what is said, 200–10,000; 1200 unless given. */
  readonly pauseMs?: number
  /** Of all that is heard, 1–600; 60 unless given. */
  readonly maxSeconds?: number
  readonly language?: string
  readonly hints?: readonly string[]
  /** A call that is not answered yet is not answered by it. */
  readonly early?: boolean
}

export interface HearBeside {
  /** From the end of the prompt, or what cut it short, to the end of all that is said or pressed. */
  readonly limit?: { readonly ms: number; readonly clock: Pick<Clock, 'after'> }
  /** Keys are taken as well; whichever comes to its end first counts. */
  readonly keys?: Pick<GatherOptions, 'maxDigits' | 'finishKey' | 'interDigitMs'>
  /** Ends it with `stopped`. */
  readonly signal?: AbortSignal
  /** Told each time that more is understood. */
  readonly onInterim?: (so: HeardSoFar) => void
}

export interface HeardSoFar {
  /** Utterances that are over. */
  readonly stable: string
  /** Of one that goes on, where the recogniser tells it; its words may change. */
  readonly unstable: string
}

export interface Heard {
  /** All utterances, '' where nothing was understood. */
  readonly text: string
  /** 0–1, the mean of the utterances; absent where the recogniser tells none. */
  readonly confidence?: number
  readonly tones: readonly HeardTone[]
  /** Where keys were pressed. */
  readonly digits?: string
  readonly end: 'said' | 'nothing' | 'keys' | 'limit' | 'stopped'
}

const stops = new WeakMap<Call, () => void>()

/** Ends what `hear` does on this call, if it does. */
export function stopHearing(call: Call): void {
  stops.get(call)?.()
}

/** Asks and hears the answer. @throws CallEnded, Problem `not_supported`, `invalid_request` */
export async function hear(call: Call, options: HearOptions, beside: HearBeside = {}): Promise<Heard> {
  const { prompt, bargeIn = true, early = false } = options
  const over = deferred<Heard['end']>()
  const spoke = new AbortController()
  const answer = new Answer(options, over.resolve, () => spoke.abort(), beside.onInterim)
  const stop = (): void => over.resolve('stopped')
  stops.set(call, stop)
  beside.signal?.addEventListener('abort', stop)
  const listenings: Listening[] = []
  const begin = async (asked: boolean): Promise<void> => {
    const listening = await call.listen({ ...answer.listenOptions(), onEvent: (event) => answer.heard(event, asked) })
    listenings.push(listening)
    void listening.done.then(async (end) => {
      if (end === 'hangup') await call.ended
      over.resolve(end === 'limit' ? 'limit' : 'stopped')
    })
  }
  let gathering: Promise<string | undefined> | undefined
  let limit: Timer | undefined
  try {
    if (beside.signal?.aborted === true) stop()
    // Where keys count as well, the wait for the first one tells that nothing came.
    const { keys } = beside
    if (prompt === undefined || bargeIn) await begin(prompt === undefined && keys === undefined)
    const first =
      prompt === undefined ? undefined : await ask(call, prompt, { spoke, over: over.promise, beside, stop, early })
    limit = beside.limit?.clock.after(beside.limit.ms, () => over.resolve('limit'))
    if (prompt !== undefined && !bargeIn) await begin(keys === undefined)
    if (keys === undefined) {
      // What was heard beside the prompt began with it: the wait for the first word begins now.
      if (prompt !== undefined && bargeIn && !spoke.signal.aborted)
        listenings.push(await waitOnly(call, options, answer))
    } else {
      gathering = keysOf(call, keys, first, options)
      gathering.then(
        (digits) => {
          if (digits === undefined) answer.silent()
          else over.resolve('keys')
        },
        // Told below, to whoever waits for the answer.
        () => stop(),
      )
    }
    const end = await over.promise
    for (const listening of listenings) listening.stop()
    await Promise.all(listenings.map(({ done }) => done))
    if (end !== 'keys' && gathering !== undefined) call.stop()
    const digits = await gathering
    if (call.signal.aborted) throw new CallEnded(await call.ended)
    return { ...answer.read(), ...(digits === undefined ? {} : { digits }), end: digits === undefined ? end : 'keys' }
  } finally {
    limit?.stop()
    for (const listening of listenings) listening.stop()
    beside.signal?.removeEventListener('abort', stop)
    if (stops.get(call) === stop) stops.delete(call)
  }
}

interface Asking {
  readonly spoke: AbortController
  readonly over: Promise<unknown>
  readonly beside: HearBeside
  readonly stop: () => void
  readonly early: boolean
}

/** @returns the key that stopped the prompt */
async function ask(
  call: Call,
  prompt: Prompt,
  { spoke, over, beside, stop, early }: Asking,
): Promise<string | undefined> {
  void over.then(() => spoke.abort())
  const stopOn = beside.keys === undefined ? {} : { stopOn: '0123456789*#' }
  const played = await call.play(prompt, { signal: spoke.signal, early, ...stopOn })
  if (played.kind === 'key') return played.key
  if (played.kind === 'stopped' && !spoke.signal.aborted) stop()
  return undefined
}

/** Tells only that nobody began to speak. */
function waitOnly(call: Call, { firstWordMs = 5000, early = false }: HearOptions, answer: Answer): Promise<Listening> {
  return call.listen({
    transcribe: false,
    early,
    silenceMs: [firstWordMs],
    onEvent: (event) => {
      if (event.kind === 'silence' && event.fromMs === 0) answer.silent()
    },
  })
}

/** @returns `undefined` where no key was pressed */
async function keysOf(
  call: Call,
  keys: NonNullable<HearBeside['keys']>,
  first: string | undefined,
  { firstWordMs = 5000, early = false }: HearOptions,
): Promise<string | undefined> {
  const { finishKey = '#', maxDigits } = keys
  if (first !== undefined && (first === finishKey || maxDigits === 1)) return first === finishKey ? '' : first
  const left = maxDigits - (first === undefined ? 0 : 1)
  // Whoever pressed one is waited for as between keys.
  const firstDigitMs = first === undefined ? firstWordMs : (keys.interDigitMs ?? 3000)
  const { digits, end } = await call.gather({ ...keys, maxDigits: left, firstDigitMs, early })
  return first === undefined && digits === '' && end !== 'finish_key' ? undefined : (first ?? '') + digits
}

/** What was said until now, and when that is all. */
class Answer {
  readonly #options: HearOptions
  readonly #over: (end: 'said' | 'nothing') => void
  readonly #spoke: () => void
  readonly #interim: HearBeside['onInterim']
  readonly #texts: string[] = []
  readonly #confidences: number[] = []
  readonly #tones = new Set<HeardTone>()
  #began = false

  constructor(
    options: HearOptions,
    over: (end: 'said' | 'nothing') => void,
    spoke: () => void,
    interim: HearBeside['onInterim'],
  ) {
    this.#interim = interim
    this.#options = options
    this.#over = over
    this.#spoke = spoke
  }

  listenOptions() {
    const { firstWordMs = 5000, pauseMs = 1200, maxSeconds = 60, language, hints, early = false } = this.#options
    return {
      // An utterance must have ended before the pause that ends the answer has.
      pauseMs: Math.min(600, pauseMs),
      silenceMs: [...new Set([pauseMs, firstWordMs])].sort((a, b) => a - b),
      maxSeconds,
      early,
      interim: this.#interim !== undefined,
      ...(language === undefined ? {} : { language }),
      ...(hints === undefined ? {} : { hints }),
    }
  }

  /** @param asked the prompt was over when the listening began */
  heard(event: ListenEvent, asked: boolean): void {
    const { firstWordMs = 5000, pauseMs = 1200 } = this.#options
    if (event.kind === 'speech') {
      this.#began = true
      this.#spoke()
    } else if (event.kind === 'tone') {
      this.#tones.add(event.tone)
    } else if (event.kind === 'transcript' && event.text !== '') {
      if (event.final) this.#texts.push(event.text)
      if (event.final && event.confidence !== undefined) this.#confidences.push(event.confidence)
      this.#interim?.({ stable: this.#texts.join(' '), unstable: event.final ? '' : event.text })
    } else if (event.kind === 'silence') {
      if (this.#texts.length > 0 && event.fromMs > 0 && event.ms >= pauseMs) this.#over('said')
      // A cough is no answer: whoever coughed has as long again.
      else if (this.#texts.length === 0 && event.ms >= firstWordMs && (asked || event.fromMs > 0)) this.#over('nothing')
    }
  }

  /** Nobody has begun to speak since the prompt ended. */
  silent(): void {
    if (!this.#began) this.#over('nothing')
  }

  read(): Pick<Heard, 'text' | 'confidence' | 'tones'> {
    const sum = this.#confidences.reduce((a, b) => a + b, 0)
    const confidence = this.#confidences.length === 0 ? {} : { confidence: sum / this.#confidences.length }
    return { text: this.#texts.join(' '), ...confidence, tones: [...this.#tones] }
  }
}

/** The phrase that was said first, as it was written; letters and digits count, capitals do not. */
export function phraseIn(text: string, phrases: readonly string[]): string | undefined {
  const said = plainWords(text)
  const found = phrases
    .map((phrase) => ({ phrase, at: said.indexOf(plainWords(phrase)), words: plainWords(phrase) }))
    .filter(({ at, words }) => at >= 0 && words.trim() !== '')
    .sort((a, b) => a.at - b.at || b.words.length - a.words.length)
  return found[0]?.phrase
}

/** With a space on either side, so that no word is found within another. */
const plainWords = (text: string): string =>
  ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}']+/gu, ' ')
    .trim()} `
