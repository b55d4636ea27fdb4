/**
 * The branches of an INVITE of ours, which a proxy may have forked, by the tag of who answers there. The first 2xx wins; later
 * ones are acknowledged and ended (RFC 3261 §13.2.2.4), as are those that cross our CANCEL (§9.1).
 */
export interface Forks {
  readonly name: 'asked' | 'answered' | 'given_up'
  /** `early`: heard of by provisional answers. */
  readonly branches: ReadonlyMap<string, 'early' | 'won' | 'lost'>
}

export type ForksEvent =
  /** 101 to 199, or 2xx. Usable: it makes a dialog, or is of one that is known. */
  | { readonly kind: 'provisional' | 'success'; readonly tag: string; readonly usable: boolean }
  /** The INVITE is sent anew, or nothing answers it any more: who has not answered by a 2xx is gone. */
  | { readonly kind: 'forgotten' }
  /** Nobody wants an answer any more. */
  | { readonly kind: 'given_up' }

export type ForksEffect =
  /** Its early dialog is known to the other side, too: requests may come in it until it is closed, or wins. */
  | { readonly kind: 'open'; readonly tag: string }
  | { readonly kind: 'close'; readonly tag: string }
  /** The answer is worked on and told; one that makes no dialog is told as it is. */
  | { readonly kind: 'hear'; readonly tag: string }
  | { readonly kind: 'acknowledge'; readonly tag: string }
  | { readonly kind: 'acknowledge_again'; readonly tag: string }
  /** The call is up in this one. */
  | { readonly kind: 'win'; readonly tag: string }
  /** BYE, after its ACK. */
  | { readonly kind: 'dismiss'; readonly tag: string }
  /** A 2xx that makes no dialog: there is nobody to talk with. */
  | { readonly kind: 'broken' }

export interface ForksStep {
  readonly state: Forks
  readonly effects: readonly ForksEffect[]
}

export const newForks: Forks = { name: 'asked', branches: new Map() }

export function forks(state: Forks, event: ForksEvent): ForksStep {
  switch (event.kind) {
    case 'provisional':
      return provisional(state, event.tag, event.usable)
    case 'success':
      return success(state, event.tag, event.usable)
    case 'forgotten':
      return withoutEarly(state)
    case 'given_up':
      return { state: state.name === 'asked' ? { ...state, name: 'given_up' } : state, effects: [] }
  }
}

/** Who a request with this tag is for: the session, a branch that is early, or nobody any more. */
export function requestFor({ name, branches }: Forks, tag: string): 'session' | 'early' | 'gone' {
  const branch = branches.get(tag)
  if (branch === undefined || branch === 'won') return 'session'
  return branch === 'early' && name === 'asked' ? 'early' : 'gone'
}

function provisional(state: Forks, tag: string, usable: boolean): ForksStep {
  if (state.name !== 'asked') return { state, effects: [] }
  const hear: ForksEffect = { kind: 'hear', tag }
  if (!usable || state.branches.has(tag)) return { state, effects: [hear] }
  const branches = new Map(state.branches).set(tag, 'early')
  return { state: { ...state, branches }, effects: [{ kind: 'open', tag }, hear] }
}

function success(state: Forks, tag: string, usable: boolean): ForksStep {
  const known = state.branches.get(tag)
  if (known === 'won' || known === 'lost') return { state, effects: [{ kind: 'acknowledge_again', tag }] }
  if (!usable) {
    return state.name === 'asked'
      ? { state: { ...state, name: 'given_up' }, effects: [{ kind: 'broken' }] }
      : { state, effects: [] }
  }
  const acknowledge: ForksEffect = { kind: 'acknowledge', tag }
  if (state.name !== 'asked') {
    const branches = new Map(state.branches).set(tag, 'lost')
    return { state: { ...state, branches }, effects: [acknowledge, { kind: 'dismiss', tag }] }
  }
  // Whoever else answers from now on is new, and lost.
  const { state: left, effects } = withoutEarly(state, tag)
  const branches = new Map(left.branches).set(tag, 'won')
  return { state: { name: 'answered', branches }, effects: [acknowledge, ...effects, { kind: 'win', tag }] }
}

function withoutEarly(state: Forks, but?: string): ForksStep {
  const early = [...state.branches].filter(([tag, branch]) => branch === 'early' && tag !== but).map(([tag]) => tag)
  const branches = new Map(state.branches)
  for (const tag of early) branches.delete(tag)
  return { state: { ...state, branches }, effects: early.map((tag) => ({ kind: 'close', tag })) }
}
