import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import type { Scope } from '../../../base/scope.ts'
import { denoise } from '../denoise.ts'
import type { BuiltModel } from '../model/files.ts'
import { DecoderPool } from '../pool.ts'
import type { SpeechRecogniser } from '../recogniser.ts'
import { openEnglish } from '../utterance.ts'
import { type DecoderOptions, PocketsphinxDecoder } from './decoder.ts'
import type { Pocketsphinx } from './find.ts'

export interface OpenPocketsphinx {
  readonly found: Pocketsphinx
  readonly model: BuiltModel
  readonly scope: Scope
  readonly clock: Clock
  readonly log: Logger
  /** Processes at most; one per core unless given. */
  readonly processes?: number
  /** Overrides of the decoder's own settings, for measuring. */
  readonly extra?: readonly string[]
}

/**
 * English without a server: decodes whole utterances in child processes, with the language model of the telephone. The processes begin with
 * the first utterance.
 */
export async function openPocketsphinx(o: OpenPocketsphinx): Promise<SpeechRecogniser> {
  const scratch = await mkdtemp(join(tmpdir(), 'offhook-listen-'))
  o.scope.add('heard utterances', () => rm(scratch, { recursive: true, force: true }))
  const size = o.processes ?? availableParallelism()
  const decoder: DecoderOptions = {
    program: o.found.program,
    models: [...decoderArguments(o.found.acoustic, o.model), ...(o.extra ?? [])],
    folder: scratch,
    clock: o.clock,
  }
  const pool = new DecoderPool({
    begin: (gone) => new PocketsphinxDecoder(decoder, gone),
    clock: o.clock,
    log: o.log,
    size,
    // At 0.13 seconds of work per second of speech this much is some ten seconds late.
    maxWaitingSeconds: 75 * size,
  })
  o.scope.add('recogniser processes', () => pool.close())
  return {
    name: 'pocketsphinx',
    gives: { interim: false, times: true, confidence: true },
    open: ({ language }) => openEnglish(language, pool, denoise),
  }
}

/** What was measured to hear telephones best; `docs/decisions/0008-offline-recogniser.md` has the figures. */
function decoderArguments(acoustic: string, { arpa, dictionary }: BuiltModel): string[] {
  const file = (name: string): string => join(acoustic, name)
  const settings: Readonly<Record<string, string>> = {
    mdef: file('mdef'),
    mean: file('means'),
    var: file('variances'),
    tmat: file('transition_matrices'),
    sendump: file('sendump'),
    fdict: file('noisedict.txt'),
    lm: arpa,
    dict: dictionary,
    // As the acoustic model was trained.
    samprate: '8000',
    lowerf: '130',
    upperf: '3700',
    nfilt: '20',
    transform: 'dct',
    lifter: '22',
    feat: '1s_c_d_dd',
    svspec: '0-12/13-25/26-38',
    cmn: 'batch',
  }
  return Object.entries(settings).flatMap(([name, value]) => [`-${name}`, value])
}
