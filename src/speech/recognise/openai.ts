import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { wavHeader } from '../../media/wav/header.ts'
import {
  type OpenUtterance,
  type Recognised,
  RecogniseError,
  type SpeechRecogniser,
  type UtteranceOptions,
} from './recogniser.ts'
import { ms } from './vosk.ts'

const answerMs = 30_000
const longestSamples = 120 * 8000
/** Above it Whisper makes words up out of silence or music. */
const noSpeech = 0.6

const Verbose = z.object({
  text: z.string(),
  words: z.array(z.object({ word: z.string(), start: z.number(), end: z.number() })).optional(),
  segments: z
    .array(
      z.object({
        text: z.string(),
        start: z.number().optional(),
        end: z.number().optional(),
        avg_logprob: z.number().optional(),
        no_speech_prob: z.number().optional(),
      }),
    )
    .optional(),
})
const Refusal = z.object({ error: z.object({ message: z.string() }) })

export interface OpenOpenai {
  /** Up to `/v1` or the whole path; `https://api.openai.com/v1` unless given. */
  readonly url?: string
  readonly key?: string
  /** `whisper-1` unless given. */
  readonly model?: string
  readonly clock: Clock
}

/** Any server with `POST /v1/audio/transcriptions`, such as OpenAI's own, speaches or LocalAI. An utterance is sent when it is over. */
export function openOpenai({
  clock,
  url = 'https://api.openai.com/v1',
  key,
  model = 'whisper-1',
}: OpenOpenai): SpeechRecogniser {
  const path = url.endsWith('/audio/transcriptions') ? url : `${url.replace(/\/$/, '')}/audio/transcriptions`
  return {
    name: 'openai',
    gives: { interim: false, times: true, confidence: true },
    open: (options) => openUtterance({ path, key, model, clock }, options),
  }
}

interface Server {
  readonly path: string
  readonly key: string | undefined
  readonly model: string
  readonly clock: Clock
}

function openUtterance(server: Server, options: UtteranceOptions): OpenUtterance {
  const blocks: Int16Array[] = []
  let length = 0
  const abort = new AbortController()
  return {
    write(samples) {
      if (length + samples.length > longestSamples) return
      blocks.push(samples.slice())
      length += samples.length
    },
    end: () => transcribe(server, options, blocks.splice(0), length, abort),
    cancel: () => abort.abort(new RecogniseError('cancelled', 'The utterance was given up.')),
  }
}

async function transcribe(
  { path, key, model, clock }: Server,
  { language, hints }: UtteranceOptions,
  blocks: readonly Int16Array[],
  length: number,
  abort: AbortController,
): Promise<Recognised> {
  const late = `The transcription server did not answer within ${answerMs / 1000} s.`
  const timer = clock.after(answerMs, () => abort.abort(new RecogniseError('unreachable', late)))
  const form = new FormData()
  const audio = blocks.map((block) => new Uint8Array(block.slice().buffer))
  form.set('file', new Blob([new Uint8Array(wavHeader(length * 2)), ...audio], { type: 'audio/wav' }), 'utterance.wav')
  form.set('model', model)
  form.set('response_format', 'verbose_json')
  form.append('timestamp_granularities[]', 'word')
  form.append('timestamp_granularities[]', 'segment')
  form.set('temperature', '0')
  if (language !== undefined) form.set('language', language.split('-')[0]?.toLowerCase() ?? language)
  if (hints !== undefined && hints.length > 0) form.set('prompt', hints.join(', '))
  try {
    abort.signal.throwIfAborted()
    const reply = await fetch(path, {
      method: 'POST',
      body: form,
      signal: abort.signal,
      // A server that leads elsewhere would be handed the key of this one.
      redirect: 'error',
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    })
    return readReply(reply.status, await reply.text())
  } catch (error) {
    if (error instanceof RecogniseError) throw error
    const cause = (error as Error).cause
    const why = cause instanceof Error ? cause.message : (error as Error).message
    throw new RecogniseError('unreachable', `The transcription server cannot be reached: ${why}`, error)
  } finally {
    timer.stop()
  }
}

function readReply(status: number, body: string): Recognised {
  const json = parse(body)
  if (status !== 200) {
    const refusal = Refusal.safeParse(json)
    const why = refusal.success ? refusal.data.error.message : body
    throw new RecogniseError('refused', `The transcription server answered ${status}: ${why.slice(0, 300)}`)
  }
  const read = Verbose.safeParse(json)
  if (!read.success) throw new RecogniseError('failed', 'The transcription server answered 200 with no transcript.')
  const { text, words = [], segments = [] } = read.data
  const real = segments.filter(({ no_speech_prob = 0 }) => no_speech_prob < noSpeech)
  if (segments.length > 0 && real.length === 0) return { text: '', words: [] }
  const probabilities = real.flatMap(({ avg_logprob }) => (avg_logprob === undefined ? [] : [Math.exp(avg_logprob)]))
  const confidence = probabilities.length === 0 ? {} : { confidence: Math.min(1, Math.min(...probabilities)) }
  const madeUp = segments.filter((segment) => !real.includes(segment))
  const timed = words
    .filter(({ start, end }) => !madeUp.some((segment) => isWithin((start + end) / 2, segment)))
    .map(({ word, start, end }) => ({ word: word.trim(), fromMs: ms(start), toMs: ms(end) }))
  const said = madeUp.length === 0 ? text : real.map((segment) => segment.text.trim()).join(' ')
  return { text: said.trim(), words: timed, ...confidence }
}

const isWithin = (
  seconds: number,
  { start = 0, end = 0 }: { readonly start?: number | undefined; readonly end?: number | undefined },
): boolean => seconds >= start && seconds < end

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // Not JSON is no answer that could be read; the caller says so with the status.
    return undefined
  }
}
