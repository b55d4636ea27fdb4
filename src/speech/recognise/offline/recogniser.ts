import { join } from 'node:path'
import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import type { Scope } from '../../../base/scope.ts'
import type { OfflineKind } from '../choice.ts'
import { memoryMegabytes } from '../memory.ts'
import type { Missing } from '../missing.ts'
import { keepModel, modelFiles } from '../model/files.ts'
import { Likelihood } from '../model/likelihood.ts'
import { findMoonshine, type Moonshine } from '../moonshine/find.ts'
import { openMoonshine } from '../moonshine/recogniser.ts'
import { findPocketsphinx, type Pocketsphinx } from '../pocketsphinx/find.ts'
import { openPocketsphinx } from '../pocketsphinx/recogniser.ts'
import type { SpeechRecogniser } from '../recogniser.ts'
import { mergeWords } from './merge.ts'
import { type Pair, pairOf } from './pair.ts'

/** The recognisers of a kind that can be used on this machine, and why not where one cannot; at least one can. */
export interface FoundOffline {
  readonly pocketsphinx: Pocketsphinx | undefined
  readonly moonshine: Moonshine | undefined
  readonly missing: readonly Missing[]
}

/** The service, its database and both recognisers need one; with less, the kernel would end one of them. */
const leastMegabytes = 1500

/** One of two is enough for `offline`. */
export function findOffline(kind: OfflineKind = 'offline', megabytes = memoryMegabytes()): FoundOffline | Missing {
  const pocketsphinx = kind === 'moonshine' ? undefined : findPocketsphinx()
  const both = pocketsphinx !== undefined && !('missing' in pocketsphinx)
  const moonshine =
    kind === 'pocketsphinx' ? undefined : both && megabytes < leastMegabytes ? tooLarge(megabytes) : findMoonshine()
  const missing = [pocketsphinx, moonshine].filter(
    (found): found is Missing => found !== undefined && 'missing' in found,
  )
  const found = {
    pocketsphinx: pocketsphinx === undefined || 'missing' in pocketsphinx ? undefined : pocketsphinx,
    moonshine: moonshine === undefined || 'missing' in moonshine ? undefined : moonshine,
    missing,
  }
  if (found.pocketsphinx !== undefined || found.moonshine !== undefined) return found
  const all = (part: 'reason' | 'advice'): string => missing.map((one) => one[part]).join(' ')
  return { missing: true, reason: all('reason'), advice: all('advice') }
}

const tooLarge = (megabytes: number): Missing => ({
  missing: true,
  reason: `Moonshine takes up to 580 MB of memory, which is much for a machine that has ${megabytes}.`,
  advice: 'OFFHOOK_RECOGNISER=moonshine uses it in place of pocketsphinx.',
})

export interface OpenOffline {
  readonly found: FoundOffline
  /** The language model of pocketsphinx is kept here. */
  readonly folder: string
  readonly scope: Scope
  readonly clock: Clock
  readonly log: Logger
  /** Processes of each at most. */
  readonly processes?: number
  /** How long the words of one wait for those of the other, at most; for ever unless given. */
  readonly patienceMs?: number
  /** Overrides of pocketsphinx's own settings, for measuring. */
  readonly extra?: readonly string[]
}

/** English without a server: both recognisers where both are there, else the one that is. */
export async function openOffline({
  found,
  folder,
  scope,
  clock,
  log,
  processes,
  patienceMs = Number.POSITIVE_INFINITY,
  extra,
}: OpenOffline): Promise<SpeechRecogniser> {
  const more = processes === undefined ? {} : { processes }
  const model =
    found.pocketsphinx === undefined
      ? undefined
      : await keepModel(folder, modelFiles(join(found.pocketsphinx.acoustic, 'dict.txt')))
  const moonshine =
    found.moonshine === undefined
      ? undefined
      : openMoonshine({ found: { ...found.moonshine, arpa: model?.arpa }, scope, clock, log, ...more })
  const pocketsphinx =
    found.pocketsphinx === undefined || model === undefined
      ? undefined
      : await openPocketsphinx({
          ...{ found: found.pocketsphinx, model, scope, clock, log, ...more },
          ...(extra === undefined ? {} : { extra }),
        })
  if (pocketsphinx !== undefined && moonshine !== undefined && model !== undefined)
    return pairOf({ pocketsphinx, moonshine, merge: merging(model.arpa), patienceMs, clock, log })
  const only = pocketsphinx ?? moonshine
  if (only === undefined) throw new Error('openOffline() was called with no recogniser found.')
  return only
}

/** Reads the language model with the first utterance: it takes some 15 MB. @param arpa its path */
function merging(arpa: string): Pair['merge'] {
  let language: Promise<Likelihood> | undefined
  const read = async (): Promise<Likelihood> => {
    try {
      return await Likelihood.read(arpa)
    } catch (error) {
      // The next utterance tries again.
      language = undefined
      throw error
    }
  }
  return async (sphinx, { words: moonshine, weighed = [] }) => {
    language ??= read()
    return mergeWords({ sphinx, moonshine, weighed }, await language)
  }
}
