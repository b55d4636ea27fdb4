import type { Block, NextBlock } from './block.ts'
import type { BlockError } from './status.ts'

/**
 * Where a session stands. `offered`: a call came in and nobody picked up yet. `calling`: we ring somebody. `running`: a block
 * is in flight. `ready`: the next block is awaited. `held`: the far end hears music. `ending`: a hangup is under way.
 */
export type SessionState =
  | { readonly phase: 'offered' | 'ready' | 'held' | 'ending' | 'ended'; readonly monitored: boolean }
  | { readonly phase: 'running'; readonly block: Exclude<Block['kind'], 'hangup'>; readonly monitored: boolean }

/** What becomes of a block that was asked for. `cut`: what runs now is ended first, and nothing is said. */
export type Verdict =
  | { readonly kind: 'run'; readonly state: SessionState; readonly cut: boolean }
  | { readonly kind: 'refused'; readonly code: BlockError }

export const offered: SessionState = { phase: 'offered', monitored: false }
export const dialing: SessionState = { phase: 'running', block: 'dial', monitored: false }

/** Whether a block may follow now. One runs at a time; a hangup may come at any moment. */
export function follow(state: SessionState, block: Pick<NextBlock, 'kind'> & { readonly force?: boolean }): Verdict {
  const { phase, monitored } = state
  if (phase === 'ended') return refused('error_session_ended')
  if (phase === 'ending')
    return block.kind === 'hangup' && block.force ? end(state, true) : refused('error_session_ended')
  switch (block.kind) {
    case 'hangup':
      return end(state, block.force === true || phase === 'running')
    case 'unhold':
      return phase === 'held' ? run(state, 'unhold') : refused('error_session_not_on_hold')
    case 'monitor':
      if (monitored) return refused('error_monitor_in_progress')
      return free(state) ? run({ ...state, monitored: true }, 'monitor') : refused('error_session_not_ready')
    case 'play':
    case 'gather':
    case 'record':
    case 'hold':
    case 'transfer':
      return free(state) ? run(state, block.kind) : refused('error_session_not_ready')
  }
}

/** What happened to the block that ran, or to the call. */
export type SessionEvent = 'finished' | 'held' | 'monitor_ended' | 'call_ended'

export function advance(state: SessionState, event: SessionEvent): SessionState {
  const { phase, monitored } = state
  if (phase === 'ended') return state
  switch (event) {
    case 'call_ended':
      return { phase: 'ended', monitored: false }
    case 'monitor_ended':
      return { ...state, monitored: false }
    case 'finished':
      return phase === 'running' ? { phase: 'ready', monitored } : state
    case 'held':
      return phase === 'running' && state.block === 'hold' ? { phase: 'held', monitored } : state
  }
}

const free = ({ phase }: SessionState): boolean => phase === 'offered' || phase === 'ready'
const refused = (code: BlockError): Verdict => ({ kind: 'refused', code })
const run = ({ monitored }: SessionState, block: Exclude<Block['kind'], 'hangup'>): Verdict => ({
  kind: 'run',
  state: { phase: 'running', block, monitored },
  cut: false,
})
const end = ({ monitored }: SessionState, cut: boolean): Verdict => ({
  kind: 'run',
  state: { phase: 'ending', monitored },
  cut,
})
