import { expect, it } from 'vitest'
import { afterEnd, type CallFacts, commonParams, hangupParams } from '../../../src/apps/document/params.ts'
import type { CallEnd } from '../../../src/phone/reason.ts'

const at = Date.UTC(2026, 10, 20, 17, 3, 9)

const call: CallFacts = {
  id: 'call_1',
  direction: 'inbound',
  from: { kind: 'number', e164: '+12025550100', raw: '+12025550100' },
  to: { kind: 'number', e164: '+12025550199', raw: '+12025550199' },
  startedAt: at,
  answeredAt: at + 2000,
}

const end: CallEnd = {
  at: at + 63_000,
  by: 'caller',
  code: 'completed',
  q850: 16,
  sentence: 'the caller hung up',
  chain: [],
}

const told = (facts: CallFacts): Record<string, string> => Object.fromEntries(commonParams(facts))

it('tells a call that goes on without anything of its end', () => {
  expect(told(call)).toMatchObject({ CallStatus: 'in-progress', From: '12025550100' })
  expect(told(call)).not.toHaveProperty('HangupCause')
  expect(told(call)).not.toHaveProperty('Duration')
})

it('tells how a call ended once it is over', () => {
  expect(told({ ...call, end })).toMatchObject({
    ...{ CallStatus: 'completed', HangupCause: 'NORMAL_CLEARING', Duration: '61', BillDuration: '120' },
  })
})

it('tells a call that nobody picked up as one of no length', () => {
  const unanswered: CallFacts = { ...call, direction: 'outbound', answeredAt: undefined }
  const busy: CallEnd = { ...end, code: 'busy', by: 'callee' }

  expect(told({ ...unanswered, end: busy })).toMatchObject({
    ...{ CallStatus: 'busy', HangupCause: 'USER_BUSY', Duration: '0', BillDuration: '0' },
  })
})

it('tells what was written down before the end as of now', () => {
  expect(afterEnd(commonParams(call), call, end)).toEqual(commonParams({ ...call, end }))
})

it('tells the hangup URL each thing once', () => {
  const cause = { cause: 'NORMAL_CLEARING', name: 'Normal Hangup', code: 4000, source: 'Caller' } as const
  const names = hangupParams({ ...call, end }, end, cause).map(([name]) => name)

  expect(names).toEqual([...new Set(names)])
})
