import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkFlow } from '../../../src/apps/flow/check.ts'
import { circles, edgesOf, reached } from '../../../src/apps/flow/edges.ts'
import { waitsForSomebody } from '../../../src/apps/flow/outcome.ts'
import type { Flow, FlowStep, StepBlock } from '../../../src/phone/flow.ts'

const hello: StepBlock = { block: 'play', prompt: { kind: 'text', text: 'Hello' } }
const ask: StepBlock = { block: 'gather', maxDigits: 2, allowed: '123' }
const ann: StepBlock = {
  block: 'dial',
  targets: [{ to: { kind: 'extension', username: '1001', raw: '1001' }, seconds: 20 }],
}
const over: StepBlock = { block: 'hangup' }
const away: StepBlock = { block: 'transfer', to: { kind: 'extension', username: '1001', raw: '1001' } }

interface Written {
  readonly name?: string
  readonly branches?: Readonly<Record<string, string>>
  readonly next?: string
}

const step = (does: StepBlock, { name, branches = {}, next }: Written = {}): FlowStep => ({
  name: name ?? '',
  ...{ does, branches, ...(next === undefined ? {} : { next }) },
})
const flow = (...steps: FlowStep[]): Flow => ({
  steps: steps.map((one, i) => ({ ...one, name: one.name === '' ? String(i + 1) : one.name })),
})
const said = (...steps: FlowStep[]): string[] =>
  checkFlow(flow(...steps)).map(({ field, sentence }) => `${field}: ${sentence}`)

describe('a flow is sound', () => {
  it.each<[string, FlowStep[]]>([
    ['one step', [step(hello)]],
    ['steps one after the other', [step(hello), step(ask), step(over)]],
    [
      'every branch of a gather',
      [step(ask, { branches: { 1: 'end', 13: 'end', nothing: 'end', stopped: 'end', failed: 'end' } })],
    ],
    ['a circle in which the caller is asked', [step(hello, { name: 'a' }), step(ask, { next: 'a' })]],
    [
      'a circle in which a key leads out',
      [step({ ...hello, stopOn: '1' }, { name: 'a', branches: { 1: 'end' }, next: 'a' })],
    ],
    [
      'a dial that goes on by why nobody answered',
      [step(ann, { branches: { busy: 'm', unanswered: 'm' }, next: 'end' }), step(hello, { name: 'm' })],
    ],
    [
      'a transfer that may fail',
      [step({ ...away, onFailure: 'continue' }, { branches: { busy: 'end' } }), step(hello)],
    ],
    ['a transfer that was stopped', [step(away, { branches: { stopped: 'm' } }), step(hello, { name: 'm' })]],
    [
      'a hold with music for a while',
      [step({ block: 'hold' }), step({ block: 'wait', seconds: 5 }), step({ block: 'unhold' }), step(hello)],
    ],
    ['a hold that ends with the call', [step({ block: 'hold' }), step({ block: 'wait', seconds: 5 }), step(over)]],
  ])('with %s', (_, steps) => {
    expect(said(...steps)).toEqual([])
  })
})

describe('a flow is refused', () => {
  it.each<[string, FlowStep[], string[]]>([
    [
      'two steps of one name',
      [step(hello, { name: 'a' }), step(hello, { name: 'a' })],
      ['/steps/1/name: is the name of step 1 as well'],
    ],
    [
      'a step named end',
      [step(hello, { name: 'end' })],
      ['/steps/0/name: is kept for the end of the flow: call it something else'],
    ],
    [
      'a branch to nowhere',
      [step(ask, { name: 'ask', branches: { 1: 'sales' } })],
      ['/steps/0/branches/1: names no step: there is no sales (ask or end)'],
    ],
    [
      'a next to nowhere',
      [step(hello, { next: 'x' })],
      ['/steps/0/next: names no step: there is no x (no step has a name; "end" ends the flow)'],
    ],
    [
      'a next after the end of the call',
      [step(over, { next: 'end' })],
      ['/steps/0/next: cannot be: hangup ends the call'],
    ],
    [
      'a branch that the block never takes',
      [step(ask, { branches: { answered: 'end' } })],
      ['/steps/0/branches/answered: is no outcome of gather: that has the keys typed, nothing, stopped, failed'],
    ],
    [
      'more keys than are taken',
      [step(ask, { branches: { 123: 'end' } })],
      ['/steps/0/branches/123: can never be: gather takes at most 2 keys (maxDigits)'],
    ],
    [
      'a key that is not allowed',
      [step(ask, { branches: { 9: 'end' } })],
      ['/steps/0/branches/9: can never be: 9 is not among the keys allowed (123)'],
    ],
    [
      'the key that ends the entry',
      [step(ask, { branches: { '1#': 'end' } })],
      ['/steps/0/branches/1#: can never be: # ends the entry (finishKey)'],
    ],
    [
      'a key that does not stop what plays',
      [step(hello, { branches: { 1: 'end' } })],
      ['/steps/0/branches/1: can never be: play is stopped by no key (stopOn)'],
    ],
    [
      'a branch of a pause',
      [step({ block: 'wait', seconds: 1 }, { branches: { failed: 'end' } })],
      ['/steps/0/branches/failed: can never be: nothing branches off wait'],
    ],
    [
      'a step that nothing leads to',
      [step(hello, { next: 'end' }), step(hello, { name: 'lost' })],
      ['/steps/1: is never reached: no step leads to step lost'],
    ],
    [
      'a step after the end of the call',
      [step(away), step(hello)],
      ['/steps/1: is never reached: no step leads to step 2 (transfer ends the call, unless onFailure is "continue")'],
    ],
    [
      'a step after what plays for ever',
      [step({ ...hello, times: 0 }), step(over)],
      [
        '/steps/1: is never reached: no step leads to step 2 (play repeats for ever (times is 0) and no key stops it (stopOn))',
      ],
    ],
    [
      'a circle in which nobody is waited for',
      [step(ask), step(hello, { name: 'a' }), step({ block: 'wait', seconds: 1 }, { next: 'a' })],
      [
        '/steps/1: goes round for ever (step a → step 3 → step a) without waiting for anybody; a gather, record, dial or transfer has to be on the way',
      ],
    ],
    [
      'a block while the call is on hold',
      [step({ block: 'hold' }, { name: 'park' }), step({ block: 'wait', seconds: 1 }), step(hello)],
      ['/steps/2: play cannot run while the call is on hold, as step park leaves it; unhold it first'],
    ],
  ])('for %s', (_, steps, sentences) => {
    expect(said(...steps)).toEqual(sentences)
  })
})

/** Steps that lead anywhere, most of them to each other. */
const anyFlow = fc
  .array(fc.record({ does: fc.constantFrom(hello, ask, ann, over, away), to: fc.nat(9), next: fc.option(fc.nat(9)) }), {
    minLength: 1,
    maxLength: 10,
  })
  .map((steps) =>
    flow(
      ...steps.map(({ does, to, next }) =>
        step(does, {
          ...(does.block === 'gather' ? { branches: { 1: String((to % steps.length) + 1) } } : {}),
          ...(next === null || does === over || does === away ? {} : { next: String((next % steps.length) + 1) }),
        }),
      ),
    ),
  )

describe('of any flow', () => {
  it('what is called sound leads from the first step to each, and never spins', () => {
    fc.assert(
      fc.property(anyFlow, (drawn) => {
        fc.pre(checkFlow(drawn).length === 0)
        const edges = edgesOf(drawn)
        expect(reached(edges).size).toBe(drawn.steps.length)
        // From anywhere, steps that wait for nobody come to one that does, or to the end, within as many as there are.
        for (let start = 0; start < edges.length; start++) {
          let front = new Set([start])
          for (let taken = 0; taken <= edges.length; taken++) {
            const idle = [...front].filter((i) => !waitsForSomebody((drawn.steps[i] as FlowStep).does))
            front = new Set(idle.flatMap((i) => edges[i] ?? []))
          }
          expect(front.size).toBe(0)
        }
      }),
    )
  })

  it('a circle is told with the way round it, which is one', () => {
    fc.assert(
      fc.property(anyFlow, (drawn) => {
        const edges = edgesOf(drawn)
        for (const circle of circles(edges, () => true)) {
          expect(circle[0]).toBe(circle.at(-1))
          for (let i = 1; i < circle.length; i++) expect(edges[circle[i - 1] as number]).toContain(circle[i])
        }
      }),
    )
  })
})
