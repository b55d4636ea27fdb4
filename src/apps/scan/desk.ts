import type { Clock } from '../../base/clock.ts'
import type { Hearing } from '../../menu/scan/hearing.ts'
import type { Move } from '../../menu/scan/plan.ts'
import { rootId, type ScanTree } from '../../menu/scan/tree.ts'
import type { Heard } from './heard.ts'
import type { KnownBySound } from './known.ts'

/** What a call of a scan asks of the scan that it is part of. */
export interface ScanDesk extends KnownBySound {
  readonly clock: Clock
  readonly hints: readonly string[]
  tree(): ScanTree
  /** What the call is to do; the branch that it sets out for is its own until it was heard, or missed. */
  next(at: string | undefined): Move
  /** In the store when it resolves. @param fromMs since the call was answered */
  keep(hearing: Omit<Hearing, 'id'>, fromMs: number, toMs: number): Promise<void>
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
