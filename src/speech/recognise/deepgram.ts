import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { type RecognisedWord, RecogniseError, type SpeechRecogniser, type UtteranceOptions } from './recogniser.ts'
import { StreamedUtterance, type Talk } from './streaming.ts'
import { meanOf, ms } from './vosk.ts'

const Message = z.object({
  type: z.string(),
  description: z.string().optional(),
  message: z.string().optional(),
  start: z.number().optional(),
  is_final: z.boolean().optional(),
  channel: z
    .object({
      alternatives: z.array(
        z.object({
          transcript: z.string(),
          words: z
            .array(
              z.object({ word: z.string(), start: z.number(), end: z.number(), confidence: z.number().optional() }),
            )
            .optional(),
        }),
      ),
    })
    .optional()
    .catch(undefined),
})

interface Piece {
  readonly text: string
  readonly words: readonly RecognisedWord[]
}

export interface OpenDeepgram {
  /** `wss://api.deepgram.com/v1/listen` unless given. */
  readonly url?: string
  readonly key: string
  /** `nova-3` unless given. */
  readonly model?: string
  readonly clock: Clock
}

/** Deepgram's live transcription. */
export function openDeepgram({ clock, ...server }: OpenDeepgram): SpeechRecogniser {
  return {
    name: 'deepgram',
    gives: { interim: true, times: true, confidence: true },
    open: (options) => new StreamedUtterance('Deepgram', deepgramTalk(server, options), options, clock),
  }
}

/** Pieces that will not change are final; the one after them is replaced until it is. `Metadata` says that was all. */
export function deepgramTalk(server: Omit<OpenDeepgram, 'clock'>, options: UtteranceOptions): Talk {
  const finals: Piece[] = []
  let interim: Piece | undefined
  return {
    url: listenUrl(server, options),
    headers: { authorization: `Token ${server.key}` },
    bye: JSON.stringify({ type: 'CloseStream' }),
    heard(message) {
      const read = Message.safeParse(message)
      if (!read.success) return undefined
      const { type, channel, is_final } = read.data
      if (type === 'Error') {
        const why = read.data.description ?? read.data.message ?? 'without a reason'
        throw new RecogniseError('refused', `Deepgram refused: ${why.slice(0, 300)}`)
      }
      if (type === 'Metadata') return 'done'
      const best = channel?.alternatives[0]
      if (type !== 'Results' || best === undefined) return undefined
      const piece: Piece = {
        text: best.transcript.trim(),
        words: (best.words ?? []).map(({ word, start, end, confidence }) => ({
          word,
          fromMs: ms(start),
          toMs: ms(end),
          ...(confidence === undefined ? {} : { confidence }),
        })),
      }
      interim = is_final === true ? undefined : piece
      if (is_final === true) finals.push(piece)
      return 'interim'
    },
    result() {
      const pieces = interim === undefined ? finals : [...finals, interim]
      const words = pieces.flatMap((piece) => piece.words)
      const text = pieces
        .map((piece) => piece.text)
        .filter((part) => part !== '')
        .join(' ')
      return { text, words, ...meanOf(words) }
    },
  }
}

function listenUrl(
  { url, model }: Omit<OpenDeepgram, 'clock'>,
  { language, hints, onInterim }: UtteranceOptions,
): string {
  const listen = new URL(url ?? 'wss://api.deepgram.com/v1/listen')
  const wanted: Readonly<Record<string, string>> = {
    model: model ?? 'nova-3',
    encoding: 'linear16',
    sample_rate: '8000',
    channels: '1',
    interim_results: String(onInterim !== undefined),
    ...(language === undefined ? {} : { language }),
  }
  for (const [name, value] of Object.entries(wanted)) listen.searchParams.set(name, value)
  for (const hint of hints ?? []) listen.searchParams.append('keyterm', hint)
  return listen.href
}
