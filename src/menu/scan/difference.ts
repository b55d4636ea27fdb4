import { labelLikeness } from '../understand/likeness.ts'
import { idOf } from './tree.ts'
import type { NodeView, OptionView } from './view.ts'

/** What a scan found that an earlier one of the same number had not, and the other way round. */
export type Difference =
  | { readonly kind: 'added' | 'removed'; readonly way: readonly string[]; readonly label: string }
  | { readonly kind: 'renamed'; readonly way: readonly string[]; readonly from: string; readonly to: string }
  /** The key is there as before and leads to something else. */
  | { readonly kind: 'ends'; readonly way: readonly string[]; readonly from: string; readonly to: string }

/** Below this two labels are no two hearings of one. */
const sameLabel = 0.6

/** Pure; in the order of the newer tree. */
export function differenceOf(before: NodeView | undefined, after: NodeView | undefined): readonly Difference[] {
  if (before === undefined || after === undefined) return []
  const found: Difference[] = []
  if (before.end !== after.end) found.push({ kind: 'ends', way: after.way, from: before.end, to: after.end })
  const old = new Map(before.options.map((option) => [option.key, option]))
  for (const option of after.options) {
    const way = [...after.way, option.key]
    const was = old.get(option.key)
    old.delete(option.key)
    if (was === undefined) found.push({ kind: 'added', way, label: option.label })
    else found.push(...ofOption(way, was, option))
  }
  for (const option of old.values())
    found.push({ kind: 'removed', way: [...before.way, option.key], label: option.label })
  return found
}

function ofOption(way: readonly string[], was: OptionView, is: OptionView): readonly Difference[] {
  const renamed: readonly Difference[] =
    was.label !== '' && is.label !== '' && labelLikeness(was.label, is.label) < sameLabel
      ? [{ kind: 'renamed', way, from: was.label, to: is.label }]
      : []
  // What was not pressed says nothing of where it leads.
  if (was.state === 'open' || is.state === 'open') return renamed
  if (was.node !== undefined && is.node !== undefined) return [...renamed, ...differenceOf(was.node, is.node)]
  const [from, to] = [leads(was), leads(is)]
  return from === to ? renamed : [...renamed, { kind: 'ends', way, from, to }]
}

const leads = ({ node, to }: OptionView): string =>
  node?.end ?? (to === undefined || to === '' ? 'the start' : `the menu of ${idOf(to.split(','))}`)
