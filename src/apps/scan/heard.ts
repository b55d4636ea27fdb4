import type { Hearing, Way } from '../../menu/scan/hearing.ts'
import { wordsOfText } from '../../menu/understand/token.ts'
import type { HeardTone, HeardWord, ListenEvent, Transcript } from '../../phone/listen.ts'

/** What was heard since somebody began to listen. Times are milliseconds since then. */
export interface Heard {
  readonly words: readonly HeardWord[]
  readonly tones: readonly HeardTone[]
  readonly music: boolean
  /** Since the last word; 0 while somebody speaks. */
  readonly silentMs: number
  /** When the silence that was told last began. */
  readonly quietFromMs: number
  readonly hungUp: boolean
  /** Somebody speaks now; what is told of silence may be of before. */
  readonly speaking: boolean
  /** When somebody began to speak last. */
  readonly spokeMs: number
  /** Why something that was said has no words. */
  readonly untranscribed?: string
}

export const nothing: Heard = {
  ...{ words: [], tones: [], music: false, silentMs: 0, quietFromMs: 0, hungUp: false, speaking: false, spokeMs: 0 },
}

// A key cuts a prompt off; what is still under way of it says nothing of what follows.
const tailMs = 250

/** Pure. */
export function withEvent(heard: Heard, event: ListenEvent): Heard {
  switch (event.kind) {
    case 'speech':
      return { ...heard, silentMs: 0, speaking: true, spokeMs: event.fromMs }
    case 'transcript':
      return event.final ? { ...heard, ...wordsWith(heard, event), ...stillSpeaking(heard, event.toMs) } : heard
    case 'silence':
      // Words that come late hold back what is told of the pause behind them, not that it is over.
      return { ...heard, silentMs: event.ms, quietFromMs: event.fromMs, ...stillSpeaking(heard, event.fromMs) }
    case 'tone':
      return { ...heard, tones: [...heard.tones, event.tone] }
    case 'music':
      return { ...heard, music: heard.music || event.playing }
    case 'untranscribed':
      return event.toMs > tailMs ? { ...heard, untranscribed: event.sentence } : heard
    case 'answered':
    case 'recording':
      return heard
  }
}

const wordsWith = ({ words }: Heard, transcript: Transcript): Pick<Heard, 'words'> => ({
  words: transcript.toMs > tailMs ? [...words, ...wordsOf(transcript)] : words,
})

/** What was said until then is over; something else may have begun since. */
const stillSpeaking = ({ speaking, spokeMs }: Heard, untilMs: number): Pick<Heard, 'speaking'> => ({
  speaking: speaking && untilMs <= spokeMs,
})

/** Of a recogniser that tells no times, words share those of the utterance. */
function wordsOf({ words, text, fromMs, toMs }: Transcript): readonly HeardWord[] {
  if (words.length > 0) return words
  const plain = wordsOfText(text)
  const each = (toMs - fromMs) / Math.max(1, plain.length)
  return plain.map(({ word }, i) => ({ word, fromMs: fromMs + i * each, toMs: fromMs + (i + 1) * each }))
}

export const asHearing = (way: Way, { words, tones, music, hungUp, silentMs }: Heard): Omit<Hearing, 'id'> => ({
  ...{ way, words, tones, music, hungUp, silentMs },
})

/** A word that the beginning lies in is of neither. */
export const wordsBefore = (words: readonly HeardWord[], ms: number): readonly HeardWord[] =>
  words.filter(({ fromMs, toMs }) => (fromMs + toMs) / 2 < ms)
