import { describe, expect, it } from 'vitest'
import { callFlow } from '../../../src/apps/broadcast/call-flow.ts'
import { estimate } from '../../../src/apps/broadcast/estimate.ts'
import { nextFor } from '../../../src/apps/broadcast/hours.ts'
import { afterCall, afterText } from '../../../src/apps/broadcast/next.ts'
import { type DoneBlock, outcomeOf } from '../../../src/apps/broadcast/outcome.ts'
import { checkFlow } from '../../../src/apps/flow/check.ts'
import { say } from '../../../src/phone/prompt.ts'

const running = { way: 'text_then_call', canceled: false } as const
const text = (state: 'delivered' | 'undelivered' | 'rejected' | 'sent', code: string | null = null) => ({
  ...{ state, code },
  reason: null,
})

describe('the end of a text', () => {
  it.each([
    [running, text('delivered'), { kind: 'over', state: 'reached', by: 'text' }],
    [running, text('undelivered', 'no_report'), { kind: 'call', inSeconds: 0 }],
    [running, text('rejected', 'opted_out'), { kind: 'over', state: 'skipped', code: 'opted_out' }],
    [{ way: 'text', canceled: false }, text('undelivered', 'no_report'), { state: 'unreached', code: 'no_report' }],
    [{ way: 'cycle', canceled: false }, text('rejected'), { state: 'unreached', code: 'rejected' }],
    [{ way: 'text_then_call', canceled: true }, text('undelivered'), { state: 'canceled' }],
  ] as const)('of %j as %j leads to %j', (standing, ended, wanted) => {
    expect(afterText(standing, ended)).toMatchObject(wanted)
  })

  it('is none while a report may come', () => {
    expect(afterText(running, text('sent'))).toBeUndefined()
  })
})

describe('the end of a call', () => {
  const rules = { calls: 1, attempts: 3, againSeconds: 600 }
  const missed = (code: string) => ({ kind: 'missed', code, sentence: '' }) as const

  it.each([
    ['busy', rules, { kind: 'call', inSeconds: 600 }],
    ['machine', rules, { kind: 'call', inSeconds: 600 }],
    ['busy', { ...rules, attempts: 1 }, { kind: 'over', state: 'unreached', code: 'busy' }],
    ['interrupted', rules, { kind: 'call', inSeconds: 0, calls: 0 }],
    ['interrupted', { ...rules, calls: 3 }, { kind: 'call', inSeconds: 0, calls: 2 }],
    ['interrupted', { ...rules, attempts: 1 }, { kind: 'call', inSeconds: 0, calls: 0 }],
    ['busy', { ...rules, calls: 3 }, { kind: 'over', state: 'unreached', code: 'busy' }],
    ['declined', rules, { kind: 'over', state: 'unreached', code: 'declined' }],
    ['fax', rules, { kind: 'over', state: 'unreached', code: 'fax' }],
    ['toString', rules, { kind: 'over', state: 'unreached' }],
  ] as const)('as %s, by %j, leads to %j', (code, by, wanted) => {
    expect(afterCall({ canceled: false }, missed(code), by)).toMatchObject(wanted)
  })

  it('never leads to another one where somebody had answered', () => {
    const talked = { kind: 'talked', code: 'cut', sentence: '' } as const
    expect(afterCall({ canceled: false }, talked, rules)).toMatchObject({ kind: 'over', state: 'unreached' })
  })

  it('leads to none in a broadcast that is canceled', () => {
    for (const code of ['busy', 'interrupted']) {
      expect(afterCall({ canceled: true }, missed(code), rules)).toMatchObject({ kind: 'over', state: 'canceled' })
    }
  })
})

describe('what a call came to', () => {
  const done = (block: string, result: Record<string, unknown>): DoneBlock => ({ block, state: 'done', result })
  const cut = (block: string): DoneBlock => ({ block, state: 'failed', result: null })
  const answered = { state: 'done', code: 'completed', sentence: 'over' }
  const person = done('detect', { by: 'person' })

  it.each([
    ['a message heard', answered, [person, done('play', { kind: 'finished' })], undefined, 'heard'],
    ['a message cut', answered, [person, cut('play')], undefined, 'cut'],
    ['nothing', answered, [], undefined, 'cut'],
    ['the key', answered, [person, done('gather', { digits: '1' }), cut('play')], '1', 'confirmed'],
    ['no key', answered, [person, done('gather', { digits: '', end: 'timeout' })], '1', 'unconfirmed'],
    ['hung up at the question', answered, [person, cut('gather')], '1', 'cut'],
    ['a voicemail', answered, [done('detect', { by: 'machine', left: true })], '1', 'left'],
    ['a machine', answered, [done('detect', { by: 'machine', records: 'limit' })], undefined, 'machine'],
    ['a fax', answered, [done('detect', { by: 'fax' })], undefined, 'fax'],
    ['detection that failed', answered, [cut('detect'), done('play', { kind: 'finished' })], undefined, 'heard'],
    ['nobody', { state: 'failed', code: 'no_answer', sentence: null }, [], undefined, 'no_answer'],
    [
      'the list of those not to call',
      { state: 'failed', code: 'not_allowed', sentence: null },
      [],
      undefined,
      'not_allowed',
    ],
  ] as const)('%s', (_name, planned, blocks, key, code) => {
    expect(outcomeOf(planned, blocks, key).code).toBe(code)
  })
})

describe('the flow of a call', () => {
  const confirm = { key: '1', ask: say('Press 1.'), thanks: say('Thank you.') }

  it.each(['leave', 'hang_up', 'speak'] as const)('is sound where a machine is to %s', (voicemail) => {
    for (const more of [{}, { confirm }]) {
      expect(checkFlow(callFlow({ message: say('Hello.'), voicemail, ...more }))).toEqual([])
    }
  })

  it('leaves the message with a machine without the question', () => {
    const [who] = callFlow({ message: say('Hello.'), voicemail: 'leave', confirm }).steps
    expect(who).toMatchObject({ does: { block: 'detect', message: say('Hello.') }, branches: { machine: 'end' } })
  })
})

describe('hours', () => {
  const hours = { from: '09:00', to: '20:00' }
  const at = Date.UTC(2026, 0, 5, 4)

  it('are by the clock of the contact, else of its number', () => {
    const kenyan = { phone: '+254722000001', zone: null }
    const moved = { ...kenyan, zone: 'Asia/Tokyo' }
    expect([nextFor(hours, kenyan, at), nextFor(hours, moved, at), nextFor(undefined, kenyan, at)]).toEqual([
      Date.UTC(2026, 0, 5, 6),
      at,
      at,
    ])
  })
})

describe('an estimate', () => {
  it('counts what the network counts', () => {
    const audience = { texts: 100, calls: 10, doubtful: 20, skipped: { opted_out: 5 } }
    const asked = {
      body: 'x'.repeat(200),
      callSeconds: 70,
      callsAfterTexts: true,
      prices: { segment: 0.01, minute: 0.1 },
    }

    expect(estimate(audience, asked)).toEqual({
      ...{ contacts: 115, texts: 100, segmentsPerText: 2, skipped: { opted_out: 5 } },
      calls: { likely: 30, most: 110 },
      // 200 messages at 0.01, and two minutes a call.
      cost: { likely: 8, most: 24 },
    })
  })
})
