import { type Flow, flowEnd, nextOf } from '../../phone/flow.ts'
import { leadsOn } from './outcome.ts'

/** Where each step can lead, by index. Names that no step has lead nowhere here. */
export function edgesOf(flow: Flow): readonly (readonly number[])[] {
  const index = new Map(flow.steps.map(({ name }, i) => [name, i]))
  return flow.steps.map(({ does, branches }, i) => {
    const names = [...Object.values(branches), ...(leadsOn(does) ? [nextOf(flow, i)] : [])]
    const found = names.filter((name) => name !== flowEnd).map((name) => index.get(name))
    return [...new Set(found.filter((step) => step !== undefined))]
  })
}

/** Steps that can be reached from the first. */
export function reached(edges: readonly (readonly number[])[]): ReadonlySet<number> {
  const seen = new Set<number>()
  const open = edges.length === 0 ? [] : [0]
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    if (seen.has(step)) continue
    seen.add(step)
    open.push(...(edges[step] ?? []))
  }
  return seen
}

/** A circle among the steps that `among` takes, from its lowest step round to it again; one for each such lowest step. */
export function circles(
  edges: readonly (readonly number[])[],
  among: (step: number) => boolean,
): readonly (readonly number[])[] {
  const found: (readonly number[])[] = []
  const told = new Set<number>()
  for (let start = 0; start < edges.length; start++) {
    if (!among(start) || told.has(start)) continue
    const circle = wayBack(edges, among, start)
    if (circle === undefined) continue
    for (const step of circle) told.add(step)
    found.push(circle)
  }
  return found
}

/** The shortest way from a step to itself. */
function wayBack(
  edges: readonly (readonly number[])[],
  among: (step: number) => boolean,
  start: number,
): readonly number[] | undefined {
  const cameFrom = new Map<number, number>()
  const open = [start]
  for (let step = open.shift(); step !== undefined; step = open.shift()) {
    for (const next of edges[step] ?? []) {
      if (next === start) return trace(cameFrom, start, step)
      if (!among(next) || cameFrom.has(next)) continue
      cameFrom.set(next, step)
      open.push(next)
    }
  }
  return undefined
}

function trace(cameFrom: ReadonlyMap<number, number>, start: number, last: number): readonly number[] {
  const way = [start]
  for (let step: number | undefined = last; step !== undefined && step !== start; step = cameFrom.get(step)) {
    way.unshift(step)
  }
  return [start, ...way]
}
