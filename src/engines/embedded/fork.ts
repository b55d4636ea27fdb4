/** Which of the places of one target, rung at once, are waited for (RFC 3261 §16.7), as a pure machine. */
import type { ReasonLink } from '../../phone/reason.ts'

/**
 * So long an INVITE may go without any sign, when somebody else at the target has said no. By UDP it was sent four times by then
 * (RFC 3261 §17.1.1.2); a phone that is there sends 100 at the first.
 */
export const silenceMs = 4000

/** A place that has given no final answer. */
interface Open {
  readonly since: number
  /** It gave a provisional answer: somebody is there. */
  readonly heard: boolean
}

export interface ForkState {
  readonly open: ReadonlyMap<number, Open>
  readonly refusals: readonly ReasonLink[]
  readonly over: boolean
}

export type ForkEvent =
  /** `at`: milliseconds of a clock that never goes back. */
  | { readonly kind: 'rung'; readonly place: number; readonly at: number }
  | { readonly kind: 'heard'; readonly place: number }
  | { readonly kind: 'refused'; readonly place: number; readonly link: ReasonLink; readonly at: number }
  /** It sent us to those, which are rung in its stead (3xx). */
  | { readonly kind: 'moved'; readonly place: number; readonly to: readonly number[]; readonly at: number }
  | { readonly kind: 'timer'; readonly at: number }

export type ForkEffect =
  /** Nobody answers; who is still rung is given up. */
  { readonly kind: 'failed'; readonly link: ReasonLink } | { readonly kind: 'startTimer'; readonly ms: number }

export const newFork: ForkState = { open: new Map(), refusals: [], over: false }

export function fork(
  state: ForkState,
  event: ForkEvent,
): { readonly state: ForkState; readonly effects: readonly ForkEffect[] } {
  if (state.over) return { state, effects: [] }
  switch (event.kind) {
    case 'rung':
      return stay(state, adding(state.open, [event.place], event.at))
    case 'heard': {
      const place = state.open.get(event.place)
      if (place === undefined) return { state, effects: [] }
      return stay(state, new Map(state.open).set(event.place, { ...place, heard: true }))
    }
    case 'moved':
      return stay(state, adding(without(state.open, event.place), event.to, event.at))
    case 'refused': {
      if (!state.open.has(event.place)) return { state, effects: [] }
      const next = {
        open: without(state.open, event.place),
        refusals: [...state.refusals, event.link],
        over: false,
      }
      return settle(next, event.at)
    }
    case 'timer':
      return settle(state, event.at)
  }
}

function settle(state: ForkState, at: number): { readonly state: ForkState; readonly effects: readonly ForkEffect[] } {
  const { open, refusals } = state
  const worst = refusals.reduce<ReasonLink | undefined>(
    (a, b) => (a === undefined || weight(b) > weight(a) ? b : a),
    undefined,
  )
  if (worst === undefined) return { state, effects: [] }
  // 6xx speaks for every place of the target.
  if (open.size === 0 || (worst.sip ?? 0) >= 600)
    return { state: { ...state, over: true }, effects: [{ kind: 'failed', link: worst }] }
  // A registration outlives the phone that made it: one who said no is not outweighed by those who may not be there at all.
  if (!saysNo(worst) || [...open.values()].some(({ heard }) => heard)) return { state, effects: [] }
  const ms = Math.max(...[...open.values()].map(({ since }) => since)) + silenceMs - at
  if (ms > 0) return { state, effects: [{ kind: 'startTimer', ms }] }
  return { state: { ...state, over: true }, effects: [{ kind: 'failed', link: worst }] }
}

const saysNo = ({ code }: ReasonLink): boolean => code === 'busy' || code === 'declined'

/** Of several refusals the one that says most: a 6xx first, then busy, then the rest. */
function weight(link: ReasonLink): number {
  if (link.sip !== undefined && link.sip >= 600) return 3
  if (saysNo(link)) return 2
  return link.code === 'unreachable' || link.code === 'no_answer' ? 0 : 1
}

const stay = (state: ForkState, open: ForkState['open']) => ({ state: { ...state, open }, effects: [] })

function without(open: ForkState['open'], place: number): Map<number, Open> {
  const rest = new Map(open)
  rest.delete(place)
  return rest
}

function adding(open: ForkState['open'], places: readonly number[], since: number): ForkState['open'] {
  const more = new Map(open)
  for (const place of places) more.set(place, { since, heard: false })
  return more
}
