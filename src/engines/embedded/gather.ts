import type { Gathered } from '../../phone/call.ts'

/** The settings of a gather with every default filled in. */
export interface GatherRules {
  readonly maxDigits: number
  readonly finishKey: string
  readonly firstDigitMs: number
  readonly interDigitMs: number
  /** From the end of the prompt, or the key that cut it short, to the end of the entry. */
  readonly wholeMs: number | undefined
  readonly allowed: string
  /** 1 and more. */
  readonly attempts: number
  readonly bargeIn: boolean
  /** There is a prompt for keys that are not allowed; without it they are ignored. */
  readonly hasInvalid: boolean
}

/** `attempt` counts from 1. */
export type GatherState =
  | { readonly phase: 'prompt'; readonly attempt: number }
  | { readonly phase: 'invalid'; readonly attempt: number }
  | { readonly phase: 'first'; readonly attempt: number }
  | { readonly phase: 'more'; readonly attempt: number; readonly digits: string }
  | { readonly phase: 'done' }

export type GatherEvent =
  | { readonly kind: 'key'; readonly key: string }
  /** The prompt, or the one for a key that is not allowed, was heard to its end. */
  | { readonly kind: 'prompt_ended' }
  | { readonly kind: 'timer' }
  /** The time for the whole entry is over. */
  | { readonly kind: 'limit' }
  | { readonly kind: 'stop' }

export type GatherEffect =
  | { readonly kind: 'play'; readonly what: 'prompt' | 'invalid' }
  | { readonly kind: 'stop_prompt' }
  | { readonly kind: 'start_timer'; readonly ms: number }
  | { readonly kind: 'stop_timer' }
  | { readonly kind: 'start_limit'; readonly ms: number }
  | { readonly kind: 'stop_limit' }
  | { readonly kind: 'done'; readonly gathered: Gathered }

interface Step {
  readonly state: GatherState
  readonly effects: readonly GatherEffect[]
}

/** How it begins: the prompt is to be played, be it empty. */
export const gatherStart: Step = {
  state: { phase: 'prompt', attempt: 1 },
  effects: [{ kind: 'play', what: 'prompt' }],
}

/** Digit collection as a pure machine. A timer that is started replaces the one before; `done` ends prompt and timer. */
export function gather(rules: GatherRules, state: GatherState, event: GatherEvent): Step {
  if (state.phase === 'done') return { state, effects: [] }
  const digits = state.phase === 'more' ? state.digits : ''
  switch (event.kind) {
    case 'stop':
      return finish(digits, 'stopped')
    case 'prompt_ended':
      if (state.phase === 'prompt')
        return {
          state: { phase: 'first', attempt: state.attempt },
          effects: [{ kind: 'start_timer', ms: rules.firstDigitMs }, ...limited(rules)],
        }
      return state.phase === 'invalid' ? again(rules, state.attempt) : { state, effects: [] }
    case 'timer':
      if (state.phase === 'first') return again(rules, state.attempt)
      return state.phase === 'more' ? finish(digits, 'timeout') : { state, effects: [] }
    case 'limit':
      if (state.phase === 'first') return again(rules, state.attempt)
      return state.phase === 'more' ? finish(digits, 'timeout') : { state, effects: [] }
    case 'key':
      return onKey(rules, state, event.key)
  }
}

function again(rules: GatherRules, attempt: number): Step {
  if (attempt >= rules.attempts) return finish('', 'timeout')
  return {
    state: { phase: 'prompt', attempt: attempt + 1 },
    effects: [...stops, { kind: 'play', what: 'prompt' }],
  }
}

/** Both timers, before a prompt that may be followed by neither. */
const stops: readonly GatherEffect[] = [{ kind: 'stop_timer' }, { kind: 'stop_limit' }]

const limited = ({ wholeMs }: GatherRules): readonly GatherEffect[] =>
  wholeMs === undefined ? [] : [{ kind: 'start_limit', ms: wholeMs }]

function onKey(rules: GatherRules, state: Exclude<GatherState, { phase: 'done' }>, key: string): Step {
  const stay: Step = { state, effects: [] }
  const speaking = state.phase === 'prompt' || state.phase === 'invalid'
  if (speaking && !rules.bargeIn) return stay
  // Whoever knows what went wrong need not hear it to the end, where another attempt is left.
  if (state.phase === 'invalid' && state.attempt >= rules.attempts) return stay
  const attempt = state.phase === 'invalid' ? state.attempt + 1 : state.attempt
  const digits = state.phase === 'more' ? state.digits : ''
  if (rules.finishKey !== '' && key === rules.finishKey) return finish(digits, 'finish_key')
  if (!rules.allowed.includes(key)) {
    if (!rules.hasInvalid) return stay
    return {
      state: { phase: 'invalid', attempt },
      effects: [{ kind: 'stop_prompt' }, ...stops, { kind: 'play', what: 'invalid' }],
    }
  }
  const entered = digits + key
  if (entered.length >= rules.maxDigits) return finish(entered, 'max_digits')
  return {
    state: { phase: 'more', attempt, digits: entered },
    effects: [
      { kind: 'stop_prompt' },
      { kind: 'start_timer', ms: rules.interDigitMs },
      ...(speaking ? limited(rules) : []),
    ],
  }
}

function finish(digits: string, end: Gathered['end']): Step {
  return {
    state: { phase: 'done' },
    effects: [{ kind: 'stop_prompt' }, ...stops, { kind: 'done', gathered: { digits, end } }],
  }
}
