import type { Voices } from './voices.ts'

export interface RoundTripPlan {
  readonly seed: number
  readonly trees: number
  readonly mostMenus: number
  /** Those of the machine unless given. */
  readonly voices: readonly string[] | undefined
  readonly noise: 'half' | 'all' | 'none'
  /** As in `OFFHOOK_RECOGNISER`. */
  readonly recogniser: string
  /** Scans at once. */
  readonly atOnce: number
  /** Further trees by eSpeak's voice, which do not count. */
  readonly apart: number
  /** Tells all that was heard. */
  readonly verbose: boolean
  /** Bounds of each scan. */
  readonly choice: Readonly<Record<string, unknown>>
}

export interface Planned {
  readonly seed: number
  readonly voice: string
  readonly noisy: boolean
  readonly apart: boolean
}

/** Half of all, and of each voice's half or nearly: who has noise changes with each round of voices. */
export function plannedTrees(
  plan: Pick<RoundTripPlan, 'seed' | 'trees' | 'voices' | 'noise' | 'apart'>,
  voices: Pick<Voices, 'names' | 'apart'>,
): readonly Planned[] {
  const names = plan.voices ?? voices.names
  const noisy = (i: number, count: number): boolean =>
    plan.noise === 'half' ? (Math.floor(i / count) + (i % count)) % 2 === 1 : plan.noise === 'all'
  const counted = Array.from({ length: plan.trees }, (_, i) => ({
    seed: plan.seed + i,
    voice: names[i % names.length] ?? '',
    noisy: noisy(i, names.length),
    apart: false,
  }))
  const others = voices.apart.length === 0 ? 0 : plan.apart
  const apart = Array.from({ length: others }, (_, i) => ({
    seed: plan.seed + plan.trees + i,
    voice: voices.apart[i % voices.apart.length] ?? '',
    noisy: noisy(i, voices.apart.length),
    apart: true,
  }))
  return [...counted, ...apart]
}
