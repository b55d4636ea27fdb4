import type { HeardTone } from '../../phone/listen.ts'
import { promptLikeness, samePrompt } from './likeness.ts'
import type { Understanding } from './understand.ts'

/** What was heard since a key was pressed, or since the call was answered. */
export interface BranchHeard {
  readonly understanding: Understanding
  readonly tones: readonly HeardTone[]
  /** Music played for some seconds. */
  readonly music: boolean
  /** The far end hung up. */
  readonly hungUp: boolean
  /** Milliseconds of silence at the end. */
  readonly silentMs: number
  /** Until a menu is over; `promptOverMs` unless given. */
  readonly overMs?: number
  /** Prompts that were understood before on the same number; the nearest is taken. */
  readonly known?: readonly Understanding[]
}

/**
 * Where a key has led. `menu` and `entry` go on; all others end the branch. `ringing`: somebody is being rung. `dead`: nothing at all.
 * `undecided`: listen on.
 */
export type BranchEnd =
  | { readonly kind: 'menu' | 'entry'; readonly confidence: number }
  | { readonly kind: 'same'; readonly prompt: number; readonly confidence: number }
  | {
      readonly kind:
        | 'person'
        | 'voicemail'
        | 'hold'
        | 'transfer'
        | 'ringing'
        | 'busy'
        | 'fax'
        | 'closed'
        | 'refused'
        | 'said'
        | 'hung_up'
        | 'dead'
      readonly confidence: number
    }
  | { readonly kind: 'undecided' }

/** A prompt is over after this much silence; real ones pause for up to three seconds between options. */
export const promptOverMs = 3000
/** Nothing for so long is a dead line. */
export const deadMs = 15_000

/** Who asks how to help is waiting for an answer, and has no more to say. */
const askedMs = 1200
const sure = 0.8

export function branchEnd(heard: BranchHeard): BranchEnd {
  const { understanding: said, tones, music, hungUp, silentMs } = heard
  const silent = said.kind === 'unknown'
  if (tones.includes('fax')) return { kind: 'fax', confidence: 0.95 }
  if (tones.includes('busy') || tones.includes('congestion')) return { kind: 'busy', confidence: 0.9 }
  const over = hungUp || silentMs >= (said.kind === 'menu' ? (heard.overMs ?? promptOverMs) : promptOverMs)
  if (!silent && over) {
    const same = nearest(heard)
    if (same !== undefined) return same
  }
  if (said.kind === 'voicemail' || (tones.includes('beep') && !silent && said.options.length === 0)) {
    const confidence = tones.includes('beep') ? 0.97 : said.kindConfidence
    return over || tones.includes('beep') || /\b(?:tone|beep)$/.test(said.text)
      ? { kind: 'voicemail', confidence }
      : { kind: 'undecided' }
  }
  // Menus wait for a key: who says one thing and hangs up at once said none.
  if (said.kind === 'menu' && hungUp && silentMs < promptOverMs && said.options.length < 2 && said.recognised)
    return { kind: 'hung_up', confidence: 0.7 }
  if (said.kind === 'menu' || said.kind === 'entry') {
    return over ? { kind: said.kind, confidence: said.kindConfidence } : { kind: 'undecided' }
  }
  if (tones.includes('sit')) return { kind: 'refused', confidence: 0.95 }
  if (tones.includes('ringback')) return { kind: 'ringing', confidence: 0.9 }
  if (music) return { kind: 'hold', confidence: said.kind === 'hold' || said.kind === 'transfer' ? 0.95 : 0.75 }
  if (silent) {
    if (hungUp) return { kind: 'hung_up', confidence: 0.95 }
    return silentMs >= deadMs ? { kind: 'dead', confidence: 0.9 } : { kind: 'undecided' }
  }
  const confidence = said.kindConfidence
  // Nobody need be rung to know that somebody is about to be.
  if (said.kind === 'transfer' && confidence >= sure) return { kind: 'transfer', confidence }
  if (said.kind === 'human' && confidence >= sure && silentMs >= askedMs) return { kind: 'person', confidence }
  if (!over) return { kind: 'undecided' }
  switch (said.kind) {
    case 'human':
      return { kind: 'person', confidence }
    case 'hold':
    case 'transfer':
    case 'closed':
      return { kind: said.kind, confidence }
    case 'error':
      return { kind: 'refused', confidence }
    case 'goodbye':
      return { kind: 'hung_up', confidence: hungUp ? 0.97 : confidence }
    case 'info':
      return hungUp ? { kind: 'hung_up', confidence: 0.9 } : { kind: 'said', confidence }
  }
}

function nearest({ understanding, known = [] }: BranchHeard): BranchEnd | undefined {
  const likeness = known.map((prompt) => promptLikeness(prompt, understanding))
  const best = Math.max(...likeness)
  return known.length > 0 && best >= samePrompt
    ? { kind: 'same', prompt: likeness.indexOf(best), confidence: best }
    : undefined
}
