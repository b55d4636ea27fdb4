import type { Clock } from '../../base/clock.ts'
import {
  type AnsweredBy,
  type ListenEnd,
  type Listening,
  type ListenOptions,
  noRecogniser,
} from '../../phone/listen.ts'
import { type FieldFault, Problem } from '../../phone/problem.ts'
import { RecogniseError, type SpeechRecogniser } from '../../speech/index.ts'
import type { BlockContext } from './block.ts'
import { Transcripts } from './transcripts.ts'

const longestSeconds = 7200

const answeredText: Readonly<Record<AnsweredBy, string>> = {
  person: 'a person answered',
  machine: 'a machine answered',
  fax: 'a fax answered',
  silence: 'nobody is heard on the answered call',
}

/** Hears the other side, whatever blocks run meanwhile. @throws Problem `not_supported`, `invalid_request` */
export function listen(
  { leg, note }: Pick<BlockContext, 'leg' | 'note'>,
  recogniser: SpeechRecogniser | undefined,
  clock: Clock,
  options: ListenOptions,
): Listening {
  check(options)
  const { language, hints, interim = false, transcribe = true } = options
  if (transcribe && recogniser === undefined)
    throw new Problem('not_supported', `${noRecogniser} With transcribe false, tones and silences are told.`)
  if (transcribe && recogniser !== undefined) checkLanguage(recogniser, language)
  // What an app does with one thing must not make the call deaf to the next.
  const guarded = <T>(take: (told: T) => void, told: T): void => {
    try {
      take(told)
    } catch (error) {
      note('warning', `what was heard could not be handled: ${String(error)}`)
    }
  }
  const { onSound } = options
  const transcripts = new Transcripts(transcribe ? recogniser : undefined, {
    interim,
    tell: (event) => {
      if (event.kind === 'answered') note('listen', answeredText[event.by], { answeredBy: event.by })
      guarded(options.onEvent, event)
    },
    sound: (piece) => {
      if (onSound !== undefined) guarded(onSound, piece)
    },
    ...(language === undefined ? {} : { language }),
    ...(hints === undefined ? {} : { hints }),
    ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
  })
  const run = leg.stream.listen({
    pauseMs: options.pauseMs ?? 600,
    ...(options.longestMs === undefined ? {} : { longestMs: options.longestMs }),
    silenceMs: options.silenceMs ?? [1200, 3000],
    sound: onSound !== undefined,
    answer: options.answer ?? false,
    onHeard: (heard) => transcripts.heard(heard),
  })
  note('listen', transcribe ? `listening, with ${recogniser?.name}` : 'listening for tones and silences')
  let limited = false
  const limit = clock.after((options.maxSeconds ?? longestSeconds) * 1000, () => {
    limited = true
    run.stop()
  })
  const finish = async (): Promise<ListenEnd> => {
    const how = await run.done
    limit.stop()
    await transcripts.finish()
    if (how === 'closed') return 'hangup'
    return limited ? 'limit' : 'stopped'
  }
  return {
    done: finish(),
    get heardMs() {
      return run.heardMs
    },
    stop: (what) => {
      if (what === 'forget') transcripts.forget()
      run.stop()
    },
  }
}

/** A recogniser says so at the first word only; whoever asks is told at once. */
function checkLanguage(recogniser: SpeechRecogniser, language: string | undefined): void {
  try {
    recogniser.open(language === undefined ? {} : { language }).cancel()
  } catch (error) {
    if (!(error instanceof RecogniseError)) throw error
    throw new Problem('not_supported', error.message, [{ field: '/language', sentence: error.message }])
  }
}

function check({ pauseMs, longestMs, silenceMs, maxSeconds, hints }: ListenOptions): void {
  const faults: FieldFault[] = []
  if (pauseMs !== undefined && !(pauseMs >= 200 && pauseMs <= 5000))
    faults.push({ field: '/pauseMs', sentence: `${pauseMs} is not within 200-5000` })
  if (longestMs !== undefined && !(longestMs >= 1000 && longestMs <= 25_000))
    faults.push({ field: '/longestMs', sentence: `${longestMs} is not within 1000-25000` })
  if (silenceMs !== undefined && !silenceMs.every((ms, i) => ms > (silenceMs[i - 1] ?? 0)))
    faults.push({ field: '/silenceMs', sentence: 'takes lengths above 0 that rise' })
  if (maxSeconds !== undefined && !(maxSeconds >= 1 && maxSeconds <= longestSeconds))
    faults.push({ field: '/maxSeconds', sentence: `${maxSeconds} is not within 1-${longestSeconds}` })
  if (hints !== undefined && (hints.length > 100 || hints.some((hint) => hint.length > 100)))
    faults.push({ field: '/hints', sentence: 'takes at most 100 phrases of 100 characters' })
  if (faults.length > 0) throw new Problem('invalid_request', 'The call cannot be listened to like that.', faults)
}
