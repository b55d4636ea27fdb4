import type { Limit, Ticket } from '../apps/dialer/gate.ts'
import type { Lobby } from '../apps/dialer/lobby.ts'
import { type DialerRules, rulesFor, shownCaller } from '../apps/dialer/rules.ts'
import type { OriginateRequest } from '../phone/engine.ts'
import type { Turn } from './at-its-turn.ts'
import type { DialerLimits } from './dialer-limits.ts'

export interface TurnParts {
  readonly limits: DialerLimits
  readonly lobby: Lobby
  readonly rules: DialerRules
  /** Somebody set the rules. */
  readonly ruled: boolean
  readonly closing: boolean
}

/**
 * Of a call that is placed at once: it waits for room and for its rates as planned ones do, and shows the same caller. What its trunk
 * carries at once it is told by the engine, since nobody would wait for that; until rules are set, their number of calls is for planned ones.
 */
export async function turnOf(
  { to, from, trunk }: OriginateRequest,
  { limits, lobby, rules, ruled, closing }: TurnParts,
  signal: AbortSignal,
): Promise<Turn> {
  const shown = shownCaller(rules, from, to)
  const lane = await limits.laneOf(to, shown, trunk)
  if (lane === 'inside' || closing) return { from: shown }
  const [all, ...ofTrunk] = limits.of(lane, rules)
  const wanted: readonly Limit[] = [
    ...(ruled && all !== undefined ? [all] : []),
    ...ofTrunk.flatMap(({ key, perSecond }) => (perSecond === undefined ? [] : [{ key, perSecond }])),
    ...limits.ofRules(rulesFor(rules, to)).filter(({ perSecond, atOnce }) => perSecond ?? atOnce),
  ]
  const ticket: Ticket | undefined = wanted.length === 0 ? undefined : await lobby.enter(wanted, signal)
  return { from: shown, ...(ticket === undefined ? {} : { ticket }) }
}
