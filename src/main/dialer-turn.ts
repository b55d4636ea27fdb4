import type { Limit } from '../apps/dialer/gate.ts'
import type { Lobby } from '../apps/dialer/lobby.ts'
import { type DialerRules, rulesFor, shownCaller } from '../apps/dialer/rules.ts'
import type { Address } from '../phone/address.ts'
import type { OriginateRequest } from '../phone/engine.ts'
import type { Turn } from './at-its-turn.ts'
import type { DialerLimits } from './dialer-limits.ts'

/** As they stand whenever they are asked for: a call may wait while they change. */
export interface TurnParts {
  readonly limits: DialerLimits
  readonly lobby: Lobby
  readonly rules: () => DialerRules
  /** Somebody set the rules. */
  readonly ruled: () => boolean
  readonly closing: () => boolean
  /** Rejects where the rules do not let it be called now. */
  readonly checkOpen: (to: Address) => Promise<void>
}

/**
 * Of a call that is placed at once: it waits for room and for its rates as planned ones do, and shows the same caller. What its trunk
 * carries at once it is told by the engine, since nobody would wait for that; until rules are set, their number of calls is for planned ones.
 * @throws Problem `destination_not_allowed` where its turn comes outside of its calling hours
 */
export async function turnOf(
  { to, from, trunk }: OriginateRequest,
  { limits, lobby, rules, ruled, closing, checkOpen }: TurnParts,
  signal: AbortSignal,
): Promise<Turn> {
  for (;;) {
    const shown = shownCaller(rules(), from, to)
    const lane = await limits.laneOf(to, shown, trunk)
    if (lane === 'inside' || closing()) return { from: shown }
    const wanted = (): readonly Limit[] => {
      const [all, ...ofTrunk] = limits.of(lane, rules())
      return [
        ...(ruled() && all !== undefined ? [all] : []),
        ...ofTrunk.flatMap(({ key, perSecond }) => (perSecond === undefined ? [] : [{ key, perSecond }])),
        ...limits.ofRules(rulesFor(rules(), to)).filter(({ perSecond, atOnce }) => perSecond ?? atOnce),
      ]
    }
    if (wanted().length === 0) return { from: shown }
    const ticket = await lobby.enter(wanted, signal)
    if (ticket === undefined) return { from: shown }
    try {
      await checkOpen(to)
      const now = shownCaller(rules(), from, to)
      if ((await limits.laneOf(to, now, trunk)) === lane) return { from: now, ticket }
    } catch (error) {
      ticket.over()
      throw error
    }
    // Another caller is to be shown by now, whose trunk has limits of its own.
    ticket.over()
  }
}
