import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import type { Recognised, RecognisedWord, SpeechRecogniser } from './recogniser.ts'
import { StreamedUtterance, type Talk } from './streaming.ts'

const Words = z.array(z.object({ word: z.string(), start: z.number(), end: z.number(), conf: z.number().optional() }))
const Message = z.object({
  partial: z.string().optional(),
  text: z.string().optional(),
  result: Words.optional(),
  alternatives: z
    .array(z.object({ text: z.string(), confidence: z.number().optional(), result: Words.optional() }))
    .optional(),
})

/** The server compares this as text, with its spaces. */
const endOfFile = '{"eof" : 1}'

/** A Vosk server (alphacep/vosk-server, `websocket`). The language is that of its model. */
export function openVosk({ url, clock }: { readonly url: string; readonly clock: Clock }): SpeechRecogniser {
  return {
    name: 'vosk',
    gives: { interim: true, times: true, confidence: true },
    open: (options) => new StreamedUtterance('The Vosk server', voskTalk(url), options, clock),
  }
}

/**
 * Each audio frame is answered by one message: what is understood so far, or, where it heard a pause, what was said until there. Hints are not
 * sent: the server's `phrase_list` would make it deaf to everything else.
 */
export function voskTalk(url: string): Talk {
  const words: RecognisedWord[] = []
  const texts: string[] = []
  let partial = ''
  return {
    url,
    hello: JSON.stringify({ config: { sample_rate: 8000, words: true } }),
    bye: endOfFile,
    heard(message) {
      const read = Message.safeParse(message)
      if (!read.success) return undefined
      const best = read.data.alternatives?.[0]
      const text = read.data.text ?? best?.text
      if (text === undefined) {
        partial = read.data.partial ?? partial
        return 'interim'
      }
      partial = ''
      if (text !== '') texts.push(text)
      for (const { word, start, end, conf } of read.data.result ?? best?.result ?? [])
        words.push({ word, fromMs: ms(start), toMs: ms(end), ...(conf === undefined ? {} : { confidence: conf }) })
      // The one after `eof` is followed by the end of the connection, which ends the utterance.
      return 'interim'
    },
    result: (): Recognised => {
      const text = [...texts, partial].filter((part) => part !== '').join(' ')
      return { text, words, ...meanOf(words) }
    },
  }
}

export const ms = (seconds: number): number => Math.round(seconds * 1000)

export function meanOf(words: readonly RecognisedWord[]): { readonly confidence?: number } {
  const known = words.flatMap(({ confidence }) => (confidence === undefined ? [] : [confidence]))
  return known.length === 0 ? {} : { confidence: known.reduce((sum, one) => sum + one, 0) / known.length }
}
