import type { Clock } from '../../base/clock.ts'
import type { Hearing } from '../../menu/scan/hearing.ts'
import type { SpokenBefore } from '../../menu/scan/mean.ts'
import type { Move } from '../../menu/scan/plan.ts'
import type { SoundPrint } from '../../menu/scan/print.ts'
import { rootId, type ScanTree } from '../../menu/scan/tree.ts'
import type { Heard } from './heard.ts'

/** What a call of a scan asks of the scan that it is part of. */
export interface ScanDesk {
  readonly clock: Clock
  readonly hints: readonly string[]
  tree(): ScanTree
  /** What the call is to do; the branch that it sets out for is its own until it was heard, or missed. */
  next(at: string | undefined): Move
  /** In the store when it resolves. @param fromMs since the call was answered */
  keep(hearing: Omit<Hearing, 'id'>, fromMs: number, toMs: number): Promise<void>
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
  /** Whether prompts on the way may be left unheard, where the one that they lead to is. */
  hurries(): boolean
  /** It did not come to where it hurried to. */
  lost(sentence: string): void
  wasMissed(branch: string): boolean
  /** The way to a branch was not as it was before. */
  missed(branch: string, sentence: string): void
  /** Told of all that was listened to, also on the way. */
  listened(heard: Pick<Heard, 'words' | 'untranscribed'>): void
  note(text: string): void
}

/** How notes name a place. */
export const placeName = (id: string): string => (id === rootId ? 'the start' : id)
