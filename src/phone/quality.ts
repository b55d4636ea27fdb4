/** What was heard of one party. */
export interface HeardFigures {
  /** 0–100. */
  readonly lossPercent: number
  readonly jitterMs: number
  /** Absent: the other side never reported; 0 is taken. */
  readonly roundTripMs?: number
}

// G.113 Appendix I: G.711 without concealment of losses, at random. Of GSM 06.10 the equipment impairment.
const lossRobustness = 4.3
const impairments: Readonly<Record<string, number>> = { GSM: 20 }
/** G.107 with everything else at its default. */
const bestRating = 93.2
/** One packet and what a jitter buffer holds, ms. */
const packetMs = 20

/**
 * Mean opinion score, 1 to 4.5, as far as loss, jitter and delay tell it: the E-model (ITU-T G.107) with delay and packet loss alone, its
 * delay part as Cole and Rosenbluth wrote it. An estimate: nobody listened.
 */
export function opinionScore({ lossPercent, jitterMs, roundTripMs = 0 }: HeardFigures, codec = 'PCMU'): number {
  const delay = roundTripMs / 2 + 2 * jitterMs + 2 * packetMs
  const delayed = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0)
  const equipment = impairments[codec] ?? 0
  const lost = equipment + ((95 - equipment) * lossPercent) / (lossPercent + lossRobustness)
  return scoreOf(bestRating - delayed - lost)
}

/** G.107 Annex B. */
function scoreOf(rating: number): number {
  if (rating <= 0) return 1
  if (rating >= 100) return 4.5
  const score = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6
  return Math.max(1, Math.round(score * 100) / 100)
}
