import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { causeIn, causeOf, q850Of, refusalOf, statusOf } from '../../../src/engines/freeswitch/cause.ts'
import { readChannels } from '../../../src/engines/freeswitch/channels.ts'
import { oneLine, oneWord, originate } from '../../../src/engines/freeswitch/command.ts'
import { codeOfStatus, type EndCode } from '../../../src/phone/reason.ts'

describe('commands of FreeSWITCH', () => {
  it('place one call with its variables', () => {
    expect(
      originate({
        ...{ id: 'offhook-call-1', target: 'sofia/gateway/carrier/+15550142' },
        variables: [['origination_caller_id_name', 'Front Desk']],
      }),
    ).toBe(
      "originate {origination_uuid=offhook-call-1,origination_caller_id_name='Front Desk'}sofia/gateway/carrier/+15550142 &park()",
    )
  })

  it.each([
    'sofia/gateway/a/1,user/2',
    'sofia/gateway/a/1|user/2',
    'user/1:_:user/2',
    '[x=1]user/1',
    '{x=1}user/1',
    'user/1 &system(reboot)',
    'user/1\n\nexit',
    '',
  ])('refuse %j for a target', (target) => {
    expect(() => originate({ id: 'a', target, variables: [] })).toThrow(TypeError)
  })

  it('keep every value within its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const command = originate({ id: 'a', target: 'user/1', variables: [['name', value]] })

        expect(command).toMatch(
          /^originate \{origination_uuid=a,name=(?:[\w.:@+/-]+|'[^\p{Cc},'"\\{}<>|^$&`[\]]*')\}user\/1 &park\(\)$/u,
        )
      }),
    )
  })

  it('are one line, and ids one word', () => {
    expect(() => oneLine('api x\n\nexit')).toThrow(TypeError)
    expect(() => oneWord('a b', 'an id')).toThrow(/an id/)
  })
})

describe('causes of FreeSWITCH', () => {
  it.each<[string, number, number, EndCode]>([
    ['USER_BUSY', 0, 486, 'busy'],
    ['CALL_REJECTED', 0, 603, 'declined'],
    ['CALL_REJECTED', 403, 403, 'not_allowed'],
    ['UNALLOCATED_NUMBER', 0, 404, 'not_found'],
    ['NO_ANSWER', 0, 480, 'no_answer'],
    ['INVALID_GATEWAY', 0, 503, 'unreachable'],
    ['INCOMPATIBLE_DESTINATION', 488, 488, 'incompatible_media'],
    ['SOMETHING_NEW', 0, 500, 'failed'],
  ])('%s with %i is %i', (cause, said, status, code) => {
    expect(statusOf({ cause, status: said })).toBe(status)
    expect(codeOfStatus(status)).toBe(code)
  })

  it.each([403, 404, 408, 410, 480, 483, 484, 486, 487, 488, 501, 502, 503, 504, 603])(
    'a refusal with %i comes back as that',
    (status) => {
      expect(statusOf({ cause: refusalOf(status), status: 0 })).toBe(status)
    },
  )

  it('have numbers of Q.850 there and back', () => {
    expect(causeOf(16)).toBe('NORMAL_CLEARING')
    expect(causeOf(9999)).toBe('NORMAL_CLEARING')
    for (const q850 of [1, 17, 19, 21, 34, 41, 88]) expect(q850Of(causeOf(q850))).toBe(q850)
  })

  it.each([
    ['-ERR USER_BUSY\n', 'USER_BUSY'],
    ['-ERR No such channel!\n', undefined],
    ['+OK 7', undefined],
  ])('%j names %s', (text, cause) => {
    expect(causeIn(text)).toBe(cause)
  })
})

describe('the channels that FreeSWITCH shows', () => {
  it('are none, or each with its state', () => {
    expect(readChannels('{"row_count":0}').size).toBe(0)
    const rows = [
      { uuid: 'a', callstate: 'ACTIVE', cid_num: '1' },
      { uuid: 'b', callstate: 'RINGING' },
      { uuid: 'c', callstate: 'HELD' },
    ]
    expect([...readChannels(JSON.stringify({ row_count: 3, rows }))]).toEqual([
      ['a', 'up'],
      ['b', 'waiting'],
      ['c', 'up'],
    ])
  })

  it.each(['', '-ERR', '{"rows":1}', '{"rows":[{}]}'])('cannot be %j', (text) => {
    expect(() => readChannels(text)).toThrow()
  })
})
