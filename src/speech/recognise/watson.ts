import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { type RecognisedWord, RecogniseError, type SpeechRecogniser } from './recogniser.ts'
import { StreamedUtterance, type Talk } from './streaming.ts'
import { ms } from './vosk.ts'

const Message = z.object({
  state: z.string().optional(),
  error: z.string().optional(),
  result_index: z.number().optional(),
  results: z
    .array(
      z.object({
        final: z.boolean(),
        alternatives: z
          .array(
            z.object({
              transcript: z.string(),
              confidence: z.number().optional(),
              timestamps: z.array(z.tuple([z.string(), z.number(), z.number()])).optional(),
              word_confidence: z.array(z.tuple([z.string(), z.number()])).optional(),
            }),
          )
          .min(1),
      }),
    )
    .optional(),
})

interface Result {
  readonly text: string
  readonly confidence: number | undefined
  readonly words: readonly RecognisedWord[]
}

export interface OpenWatson {
  /** `wss://api.{location}.speech-to-text.watson.cloud.ibm.com/instances/{id}`, with or without `/v1/recognize`. */
  readonly url: string
  /** An IAM token, sent as `Authorization: Bearer`. */
  readonly key?: string
  /** `en-US_NarrowbandModel` unless given: 8 kHz, as telephones are. */
  readonly model?: string
  readonly clock: Clock
}

/** IBM Watson Speech to Text. */
export function openWatson({ clock, ...server }: OpenWatson): SpeechRecogniser {
  return {
    name: 'watson',
    gives: { interim: true, times: true, confidence: true },
    open: (options) => new StreamedUtterance('Watson', watsonTalk(server, options.language), options, clock),
  }
}

/**
 * `start`, audio after `listening`, `stop`, results, and a second `listening` that says that was all. A message replaces the results from its
 * `result_index` on.
 */
export function watsonTalk({ url, key, model }: Omit<OpenWatson, 'clock'>, language?: string): Talk {
  const results: Result[] = []
  let listened = false
  return {
    url: recogniseUrl(url, model ?? modelFor(language)),
    ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
    hello: JSON.stringify({
      action: 'start',
      'content-type': 'audio/l16;rate=8000',
      interim_results: true,
      timestamps: true,
      word_confidence: true,
      // Digits for number words would lose the words that the times belong to.
      smart_formatting: false,
      inactivity_timeout: 60,
    }),
    waitsForReady: true,
    bye: JSON.stringify({ action: 'stop' }),
    heard(message) {
      const read = Message.safeParse(message)
      if (!read.success) return undefined
      const { error, state, results: told, result_index: from = 0 } = read.data
      if (error !== undefined) {
        // It heard no word for a while: so there is none.
        if (/^No speech detected|inactivity/i.test(error)) return 'done'
        throw new RecogniseError('refused', `Watson refused: ${error.slice(0, 300)}`)
      }
      if (told !== undefined) {
        results.length = Math.min(results.length, from)
        for (const { alternatives } of told) if (alternatives[0] !== undefined) results.push(resultOf(alternatives[0]))
        return 'interim'
      }
      if (state !== 'listening') return undefined
      if (listened) return 'done'
      listened = true
      return 'ready'
    },
    result() {
      const text = results.map((result) => result.text).join(' ')
      const sure = results.flatMap(({ confidence }) => (confidence === undefined ? [] : [confidence]))
      const confidence = sure.length === 0 ? {} : { confidence: Math.min(...sure) }
      return { text, words: results.flatMap(({ words }) => words), ...confidence }
    },
  }
}

type Alternative = NonNullable<z.infer<typeof Message>['results']>[number]['alternatives'][number]

function resultOf({ transcript, confidence, timestamps = [], word_confidence = [] }: Alternative): Result {
  const words = timestamps.map(([word, from, to], i): RecognisedWord => {
    const sure = word_confidence[i]?.[1]
    return { word, fromMs: ms(from), toMs: ms(to), ...(sure === undefined ? {} : { confidence: sure }) }
  })
  // A transcript ends in a space.
  return { text: transcript.trim(), confidence, words }
}

function recogniseUrl(base: string, model: string): string {
  const url = new URL(base)
  if (!url.pathname.endsWith('/v1/recognize')) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/recognize`
  url.searchParams.set('model', model)
  return url.href
}

/** Narrowband models carry the language and a region in their name. */
function modelFor(language: string | undefined): string {
  const [base = 'en', region] = (language ?? 'en-US').split('-')
  const regions: Readonly<Record<string, string>> = { en: 'US', ja: 'JP', zh: 'CN', pt: 'BR', ko: 'KR' }
  return `${base.toLowerCase()}-${(region ?? regions[base] ?? base).toUpperCase()}_NarrowbandModel`
}
