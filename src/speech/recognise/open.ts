import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { RecogniserChoice } from './choice.ts'
import { openDeepgram } from './deepgram.ts'
import { findOffline, openOffline } from './offline/recogniser.ts'
import { openOpenai } from './openai.ts'
import type { SpeechRecogniser } from './recogniser.ts'
import { openVosk } from './vosk.ts'
import { openWatson } from './watson.ts'

/** Who is called waits some five seconds for a key; late words of two recognisers are worse than the words of one. */
const patienceMs = 2000

export interface OpenRecogniser {
  readonly choice: RecogniserChoice
  /** The language model of the offline recogniser is kept here. */
  readonly folder: string
  readonly scope: Scope
  readonly clock: Clock
  readonly log: Logger
}

/** The recogniser that was chosen; `undefined`, with a line in the log, where the offline one cannot be used. */
export async function openRecogniser({
  choice,
  folder,
  scope,
  clock,
  log,
}: OpenRecogniser): Promise<SpeechRecogniser | undefined> {
  switch (choice.kind) {
    case 'none':
      return undefined
    case 'offline':
    case 'pocketsphinx':
    case 'moonshine': {
      const found = findOffline(choice.kind)
      if (!('pocketsphinx' in found)) {
        log.warn({ reason: found.reason, advice: found.advice }, 'calls cannot be transcribed')
        return undefined
      }
      for (const { reason, advice } of found.missing)
        log.info({ reason, advice }, 'one of the two recognisers is missing; the other is believed alone')
      return openOffline({ found, folder, scope, clock, log, patienceMs })
    }
    case 'vosk':
      return openVosk({ ...choice, clock })
    case 'watson':
      return openWatson({ ...choice, clock })
    case 'deepgram':
      return openDeepgram({ ...choice, clock })
    case 'openai':
      return openOpenai({ ...choice, clock })
  }
}
