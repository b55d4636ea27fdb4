import { SpokenBefore } from '../../menu/scan/mean.ts'
import type { SoundPrint } from '../../menu/scan/print.ts'

/** What all calls of a scan learn of its prompts beside their words. */
export interface KnownBySound {
  /** How prompts begin to sound, by node; what is learned is put there. */
  readonly prints: Map<string, SoundPrint>
  /** Likewise, of messages with which a branch ends. */
  readonly messages: Map<string, SoundPrint>
  /** Menus that hear no key while they speak, by id of their node; what is learned is put there. */
  readonly deaf: Set<string>
  /** Menus in which a key was heard while they spoke, and none missed since; what is learned is put there. */
  readonly attentive: Set<string>
  /** Milliseconds that prompts of menus take to be said, by node; what is learned is put there. */
  readonly lasts: Map<string, number>
  /** What was said in its calls. */
  readonly spoken: SpokenBefore
}

export const nothingKnown = (): KnownBySound => ({
  prints: new Map(),
  messages: new Map(),
  deaf: new Set(),
  attentive: new Set(),
  lasts: new Map(),
  spoken: new SpokenBefore(),
})
