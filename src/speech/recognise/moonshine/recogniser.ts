import { availableParallelism } from 'node:os'
import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import type { Scope } from '../../../base/scope.ts'
import { memoryMegabytes } from '../memory.ts'
import { DecoderPool } from '../pool.ts'
import type { SpeechRecogniser } from '../recogniser.ts'
import { openEnglish } from '../utterance.ts'
import { MoonshineChild } from './child.ts'
import type { MoonshineFiles } from './listener.ts'

export interface OpenMoonshine {
  readonly found: MoonshineFiles
  readonly scope: Scope
  readonly clock: Clock
  readonly log: Logger
  /** Processes at most, half a gigabyte each; `mostProcesses` unless given. */
  readonly processes?: number
}

/** English without a server, by a model of speech that npm brings. Processes begin with the first utterance. */
export function openMoonshine({ found, scope, clock, log, processes }: OpenMoonshine): SpeechRecogniser {
  const size = processes ?? mostProcesses(availableParallelism(), memoryMegabytes())
  const pool = new DecoderPool({
    begin: (gone) => new MoonshineChild(found, clock, gone),
    clock,
    log,
    size,
    // At 0.14 seconds of work per second of speech, and others on the same cores, this much is some ten seconds late.
    maxWaitingSeconds: 75 * size,
  })
  scope.add('recogniser processes of Moonshine', () => pool.close())
  return {
    name: 'moonshine',
    gives: { interim: false, times: true, confidence: true },
    open: ({ language }) => openEnglish(language, pool),
  }
}

/** Of memory, for each process beyond the first. */
const megabytesEach = 2000

/** One per core, as memory allows: one alone has utterances wait for longer ones of other calls. */
export const mostProcesses = (cores: number, megabytes: number): number =>
  Math.max(1, Math.min(cores, Math.floor(megabytes / megabytesEach)))
