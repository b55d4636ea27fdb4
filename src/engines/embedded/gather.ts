import type { Gathered } from '../../phone/call.ts'

/** The settings of a gather with every default filled in. */
export interface GatherRules {
  readonly maxDigits: number
  readonly finishKey: string
  readonly firstDigitMs: number
  readonly interDigitMs: number
  readonly allowed: string
}

export type GatherState =
  | { readonly phase: 'prompt' }
  | { readonly phase: 'first' }
  | { readonly phase: 'more'; readonly digits: string }
  | { readonly phase: 'done' }

export type GatherEvent =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'prompt_ended' }
  | { readonly kind: 'timer' }

export type GatherEffect =
  | { readonly kind: 'stop_prompt' }
  | { readonly kind: 'start_timer'; readonly ms: number }
  | { readonly kind: 'done'; readonly gathered: Gathered }

interface Step {
  readonly state: GatherState
  readonly effects: readonly GatherEffect[]
}

/** Digit collection as a pure machine. A timer that is started replaces the one before; `done` ends them all. */
export function gather(rules: GatherRules, state: GatherState, event: GatherEvent): Step {
  const stay: Step = { state, effects: [] }
  if (state.phase === 'done') return stay
  switch (event.kind) {
    case 'prompt_ended':
      if (state.phase !== 'prompt') return stay
      return { state: { phase: 'first' }, effects: [{ kind: 'start_timer', ms: rules.firstDigitMs }] }
    case 'timer':
      return finish(state.phase === 'more' ? state.digits : '', 'timeout')
    case 'key':
      return onKey(rules, state, event.key)
  }
}

function onKey(rules: GatherRules, state: GatherState, key: string): Step {
  const digits = state.phase === 'more' ? state.digits : ''
  if (rules.finishKey !== '' && key === rules.finishKey) return finish(digits, 'finish_key')
  if (!rules.allowed.includes(key)) return { state, effects: [] }
  const entered = digits + key
  if (entered.length >= rules.maxDigits) return finish(entered, 'max_digits')
  return {
    state: { phase: 'more', digits: entered },
    effects: [{ kind: 'stop_prompt' }, { kind: 'start_timer', ms: rules.interDigitMs }],
  }
}

function finish(digits: string, end: Gathered['end']): Step {
  return { state: { phase: 'done' }, effects: [{ kind: 'stop_prompt' }, { kind: 'done', gathered: { digits, end } }] }
}
