import { mkdir } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { PromptCache } from './cache.ts'
import { CachedSynthesizer } from './cached-synthesizer.ts'
import { chooseEngines, type EngineFinding, type FindEngines } from './choose.ts'
import type { SpeechSynthesizer } from './synthesizer.ts'

export { chooseEngines, type EngineFinding } from './choose.ts'
export { findOffline } from './recognise/offline/recogniser.ts'
export { openRecogniser } from './recognise/open.ts'
export { pacedRecogniser, type RecognitionPace } from './recognise/pace.ts'
export {
  type OpenUtterance,
  type Recognised,
  RecogniseError,
  type SpeechRecogniser,
} from './recognise/recogniser.ts'
export type { SpeechSynthesizer } from './synthesizer.ts'

export interface OpenSpeech {
  /** Where prompts are kept. Made where needed; of this process alone. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
  /** 256 MiB unless given: about four and a half hours of speech. */
  readonly maxBytes?: number
  readonly find?: FindEngines
}

/**
 * The speech of this machine: looks for engines and opens the cache. Succeeds without any engine, too; then every
 * `synthesize` rejects with `no_engine`. Holds no thread, process or file open between utterances.
 */
export async function openSpeech(
  o: OpenSpeech,
): Promise<SpeechSynthesizer & { readonly findings: readonly EngineFinding[] }> {
  await mkdir(o.folder, { recursive: true })
  const [{ engines, findings }, cache] = await Promise.all([
    chooseEngines(o.find),
    PromptCache.open(o.folder, { maxBytes: o.maxBytes ?? 256 * 1024 * 1024, clock: o.clock, log: o.log }),
  ])
  for (const { name, role, sentence } of findings) o.log.info({ engine: name, role }, sentence)
  return Object.assign(new CachedSynthesizer({ engines, cache, clock: o.clock, log: o.log }), { findings })
}
