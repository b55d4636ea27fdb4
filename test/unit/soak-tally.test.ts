import { describe, expect, it } from 'vitest'
import { judge, type Told } from '../../bench/soak/tally.ts'

const results: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  play: { kind: 'finished' },
  gather: { digits: '1', end: 'max_digits' },
  record: { end: 'key', ms: 1000 },
  transfer: { kind: 'transferred' },
}
const action = (block: string, state: string, result = state === 'done' ? (results[block] ?? null) : null): Told => ({
  id: `${block} ${state}`,
  type: 'call.action',
  action: { block, state, result },
})
const other = (type: string): Told => ({ id: type, type })
const good: readonly Told[] = [
  other('call.started'),
  action('play', 'running'),
  other('call.answered'),
  action('play', 'done'),
  action('gather', 'running'),
  action('gather', 'done'),
  action('record', 'running'),
  other('recording.finished'),
  action('record', 'done'),
  action('transfer', 'running'),
  other('call.ended'),
  action('transfer', 'done'),
]
const without = (id: string): Told[] => good.filter((told) => told.id !== id)

describe('what was told of a call of the soak', () => {
  it('is right when each came once, in order; the beginning of what was over at once may be left out', () => {
    expect(judge(good)).toEqual([])
    expect(judge(without('play running'))).toEqual([])
  })

  it.each<[string, readonly Told[], string]>([
    ['a webhook that came twice', [...good, action('transfer', 'done')], '1 webhooks came twice'],
    ['an end that was not told', without('call.ended'), 'call.ended was told 0 times'],
    ['a block that was not done', without('record done'), 'record was not done'],
    ['another order', [...good.slice(0, 4), ...good.slice(6), ...good.slice(4, 6)], 'out of order'],
    ['a block that failed', [...without('gather done'), action('gather', 'failed')], 'told of gather failed'],
    [
      'a key that was not heard',
      good.map((told) => (told.id === 'gather done' ? action('gather', 'done', { digits: '' }) : told)),
      'gather came out as {"digits":""}',
    ],
    ['nothing at all', [], 'nothing was told first'],
  ])('is wrong for %s', (_, told, sentence) => {
    expect(judge(told).join('; ')).toContain(sentence)
  })
})
