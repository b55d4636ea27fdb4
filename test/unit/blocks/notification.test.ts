import { describe, expect, it } from 'vitest'
import { notificationBody, notificationFields } from '../../../src/api/compat/blocks/notification.ts'
import { sessionOf, txnRefOf } from '../../../src/apps/session/ids.ts'
import type { BlockResult, Notice } from '../../../src/apps/session/notice.ts'
import { isId, newId } from '../../../src/phone/id.ts'

const base = { session: 'S1', txnRef: 'TX-1', state: 'ongoing' } as const
const fieldsOf = (notice: Notice) => Object.fromEntries(notificationFields(notice))

describe('notification', () => {
  it.each<[BlockResult, Record<string, string>]>([
    [{ block: 'answer' }, {}],
    [
      { block: 'dial', status: 'busy', dest: '+6511111111' },
      { dial_status: 'busy', dest: '+6511111111' },
    ],
    [{ block: 'gather', digits: '' }, { digits: '' }],
    [{ block: 'record', recordUrl: 'http://x/r' }, { record_url: 'http://x/r' }],
    [{ block: 'monitor' }, {}],
    [
      { block: 'transfer', status: 'answered', dest: '+6522222222' },
      { transfer_status: 'answered', dest: '+6522222222' },
    ],
    [
      { block: 'transfer', dest: 'room:R1', room: 'R1' },
      { dest: 'room:R1', room: 'R1' },
    ],
    [{ block: 'hangup' }, {}],
  ])('of %o', (result, fields) => {
    expect(fieldsOf({ ...base, result })).toEqual({
      ivr_block: result.block,
      call_state: 'ongoing',
      session: 'S1',
      txn_ref: 'TX-1',
      ...fields,
    })
  })

  it.each([
    [0, '0'],
    [1, '1'],
    [60, '1'],
    [61, '2'],
  ])('of a call of %i seconds that has ended counts %s begun minutes, and tells time and price', (seconds, minutes) => {
    const ended = { at: Date.UTC(2026, 0, 2, 3, 4, 5, 678), seconds }
    const fields = fieldsOf({ ...base, state: 'ended', result: { block: 'play' }, ended })

    expect(fields).toMatchObject({
      call_state: 'ended',
      date: '2026-01-02 03:04:05',
      duration: minutes,
      currency: 'USD',
      rate: '0.0000',
      debit: '0.0000',
    })
  })

  it('is a form whose values come back as they were', () => {
    const tag = 'a&b=c +✓'
    const form = new URLSearchParams(
      notificationBody({ ...base, result: { block: 'answer' }, tag, from: '+15550142', to: '+15550100' }),
    )

    expect([form.get('tag'), form.get('from'), form.get('to')]).toEqual([tag, '+15550142', '+15550100'])
  })

  it('names session and transaction of a call', () => {
    const call = newId('call', 0)

    expect(sessionOf(call)).toMatch(/^S[0-9a-z]{24}$/)
    expect(txnRefOf(call)).toBe(`TX-${sessionOf(call).slice(1)}`)
    expect(isId('call', `call_${sessionOf(call).slice(1)}`)).toBe(true)
  })
})
