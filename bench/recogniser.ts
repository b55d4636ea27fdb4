import type { OfflineKind } from '../src/speech/recognise/choice.ts'
import { type FoundOffline, findOffline } from '../src/speech/recognise/offline/recogniser.ts'

const kinds: readonly OfflineKind[] = ['offline', 'pocketsphinx', 'moonshine']

/** What `--recogniser` of a bench asks for, `offline` unless given; `undefined`, and said so, where it is not there as a whole. */
export function benchRecogniser(asked = 'offline'): FoundOffline | undefined {
  const kind = kinds.find((one) => one === asked)
  if (kind === undefined) throw new Error(`--recogniser takes ${kinds.join(', ')}`)
  const found = findOffline(kind)
  // Figures of one recogniser are none of the pair.
  const missing = 'pocketsphinx' in found ? found.missing : [found]
  for (const { reason, advice } of missing) console.error(`${reason} ${advice}`)
  return 'pocketsphinx' in found && missing.length === 0 ? found : undefined
}
