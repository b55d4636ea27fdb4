import { describe, expect, it } from 'vitest'
import type { TimelineEvent } from '../../src/phone/call.ts'
import { cdrOf } from '../../src/phone/cdr.ts'
import { cdrLine } from '../../src/phone/cdr-csv.ts'
import { opinionScore } from '../../src/phone/quality.ts'
import { type EndCode, endCodes } from '../../src/phone/reason.ts'

const start = Date.UTC(2026, 0, 5, 12)

const story: readonly TimelineEvent[] = [
  { at: start, kind: 'arrived', text: 'a call' },
  sip(20, 'sip_out', 'INVITE sip:1001@127.0.0.1', '1 INVITE'),
  sip(60, 'sip_in', '100 Trying', '1 INVITE'),
  sip(840, 'sip_in', '180 Ringing', '1 INVITE'),
  sip(2500, 'sip_in', '200 OK', '1 INVITE'),
  { at: start + 2500, kind: 'dial', text: 'put through' },
  {
    ...{ at: start + 40_300, kind: 'media', text: 'audio of the caller' },
    data: {
      leg: 'a',
      codec: 'PCMU',
      packetsReceived: 1900,
      packetsSent: 1890,
      lost: 100,
      lossPercent: 5,
      jitterMs: 3,
      mos: 2.5,
    },
  },
  {
    ...{ at: start + 40_310, kind: 'media', text: 'audio of 1001' },
    data: {
      leg: 'b',
      party: '1001',
      codec: 'PCMA',
      packetsReceived: 1890,
      lost: 0,
      lossPercent: 0,
      jitterMs: 1,
      roundTripMs: 12,
    },
  },
]

function sip(after: number, kind: 'sip_in' | 'sip_out', text: string, cseq: string): TimelineEvent {
  return { at: start + after, kind, text, data: { cseq, sipCallId: 'one' } }
}

function record(
  code: EndCode,
  answeredAt: number | null = start + 2500,
  more: Partial<Parameters<typeof cdrOf>[0]> = {},
) {
  const last = { at: start + 40_250, by: 'caller' as const, code, q850: endCodes[code].q850, sentence: 'it ended' }
  return cdrOf({
    ...{ call: 'call_1', direction: 'inbound', account: 'spring', startedAt: start, answeredAt, story },
    from: { kind: 'number', e164: '+15550142', raw: '+15550142', name: 'Ann "A" Smith' },
    to: { kind: 'number', e164: '+15550100', raw: '+15550100' },
    end: { ...last, chain: [last] },
    ...more,
  })
}

describe('the record of a call', () => {
  it('has times, the delay after dialling, and what was heard of both sides', () => {
    expect(record('completed')).toMatchObject({
      ...{ seconds: 41, billedSeconds: 38, disposition: 'answered', postDialDelayMs: 820, lastBlock: 'dial' },
      legs: [
        {
          leg: 'a',
          party: '+15550142',
          by: 'sip',
          codec: 'PCMU',
          lost: 100,
          lossPercent: 5,
          roundTripMs: null,
          mos: 2.5,
        },
        { leg: 'b', party: '1001', codec: 'PCMA', lost: 0, roundTripMs: 12, mos: null },
      ],
      end: { code: 'completed', chain: [{ sentence: 'it ended' }] },
    })
  })

  it.each([
    ['busy', 'busy'],
    ['no_answer', 'no_answer'],
    ['canceled', 'no_answer'],
    ['overloaded', 'congestion'],
    ['unreachable', 'failed'],
    ['not_found', 'failed'],
  ] as const)('of one that nobody answered, %s, is %s and billed nothing', (code, disposition) => {
    expect(record(code, null)).toMatchObject({ disposition, billedSeconds: 0, answeredAt: null })
  })

  it('says who answered where that was found out, and no delay where nothing was sent', () => {
    const heard: TimelineEvent = {
      at: start,
      kind: 'listen',
      text: 'a machine answered',
      data: { answeredBy: 'machine' },
    }

    expect(record('completed', start, { story: [heard] })).toMatchObject({
      answeredBy: 'machine',
      postDialDelayMs: null,
      legs: [],
    })
  })

  it('has what a call file wrote into its user field, also as CSV, before who answered', () => {
    const wrote = (userField: string): TimelineEvent => ({
      ...{ at: start, kind: 'app', text: 'the variable CDR(userfield) is set', data: { userField } },
    })
    const story = [wrote('winter'), wrote('spring, "early"')]
    const made = record('completed', start, { story })

    expect(made).toMatchObject({ userField: 'spring, "early"' })
    expect(cdrLine(made)).toMatch(/,"spring, ""early"""\n$/)
    expect(record('completed', start, { story: [] })).not.toHaveProperty('userField')
  })

  it('has the delay of a call that another switch sent, of which no SIP is told', () => {
    const told = (after: number, kind: 'dial' | 'ringing' | 'answered', text: string): TimelineEvent => ({
      ...{ at: start + after, kind, text },
    })
    const rang = [
      told(0, 'dial', 'calling +15550142 as +15550100'),
      told(650, 'ringing', '+15550142 rings'),
      told(2500, 'answered', '+15550142 answered'),
    ]

    expect(record('completed', start + 2500, { story: rang }).postDialDelayMs).toBe(650)
    expect(record('completed', start + 2500, { story: [rang[0]!, rang[2]!] }).postDialDelayMs).toBe(2500)
    expect(record('no_answer', null, { story: [rang[0]!] }).postDialDelayMs).toBeNull()
  })

  it('has no last block where nothing was done on a call that we placed', () => {
    const placed: TimelineEvent[] = [
      { at: start, kind: 'dial', text: 'calling +15550142 as +15550100' },
      { at: start + 2500, kind: 'answered', text: '+15550142 answered' },
    ]
    const none = record('completed', start + 2500, { direction: 'outbound', story: placed })
    const dialled: TimelineEvent = { at: start + 2600, kind: 'dial', text: 'dial: 1001' }

    expect(none.lastBlock).toBeNull()
    expect(cdrLine(none)).toContain(',"SIP/+15550100","","","",')
    expect(record('completed', start + 2500, { story: [...placed, dialled] }).lastBlock).toBe('dial')
  })

  it('is a line in the columns of Asterisk', () => {
    expect(cdrLine(record('completed'))).toBe(
      '"spring","+15550142","+15550100","inbound","""Ann A Smith"" <+15550142>","SIP/+15550142","SIP/1001","Dial","1001",' +
        '"2026-01-05 12:00:00","2026-01-05 12:00:02","2026-01-05 12:00:40",41,38,"ANSWERED","DOCUMENTATION","call_1",""\n',
    )
  })

  it.each([
    ['africastalking', 'AfricasTalking'],
    ['plivo', 'Plivo'],
  ])('has the parties of a call whose audio stayed at %s, and null for what is not known of it', (by, technology) => {
    const stayed = (data: Readonly<Record<string, unknown>>): TimelineEvent => ({
      ...{ at: start + 40_000, kind: 'media', text: 'it stayed there', data: { ...data, by } },
    })
    const story = [stayed({ leg: 'a' }), stayed({ leg: 'b', party: '+15550177' })]
    const made = record('completed', start, { story })

    const unknown = { packetsReceived: null, packetsSent: null, lost: null, lossPercent: null, jitterMs: null }
    const nothing = { by, codec: null, ...unknown, roundTripMs: null, mos: null }
    expect(made.legs).toEqual([
      { leg: 'a', party: '+15550142', ...nothing },
      { leg: 'b', party: '+15550177', ...nothing },
    ])
    expect(cdrLine(made)).toContain(`,"${technology}/+15550142","${technology}/+15550177",`)
  })

  it('names what carried each leg, as CSV too', () => {
    const heard = { codec: 'PCMU', packetsReceived: 10, packetsSent: 10, lost: 0, lossPercent: 0, jitterMs: 1 }
    const story: TimelineEvent[] = [
      { at: start, kind: 'media', text: '', data: { leg: 'a', ...heard } },
      { at: start, kind: 'media', text: '', data: { leg: 'b', party: '+15550177', by: 'asterisk', ...heard } },
    ]

    expect(cdrLine(record('completed', start, { story }))).toContain('"SIP/+15550142","Asterisk/+15550177"')
  })

  it('stays one line whatever a caller is named', () => {
    const from = { kind: 'extension' as const, username: '1001', raw: '1001', name: 'a\r\n"b",c' }
    const line = cdrLine(record('busy', null, { from, account: null }))

    expect(line.trimEnd()).not.toMatch(/[\r\n]/)
    expect(line).toContain('"""a  b,c"" <1001>"')
    expect(line).toContain(',"",')
  })
})

describe('the estimated opinion score', () => {
  // ITU-T G.107 Annex B: R 93.2 is 4.41; losses of G.711 without concealment as in G.113 Appendix I.
  it.each([
    [{ lossPercent: 0, jitterMs: 0 }, 4.3, 4.45],
    [{ lossPercent: 1, jitterMs: 2 }, 3.7, 4.1],
    [{ lossPercent: 5, jitterMs: 5 }, 1.9, 2.6],
    [{ lossPercent: 0, jitterMs: 0, roundTripMs: 600 }, 3.2, 4],
    [{ lossPercent: 60, jitterMs: 200, roundTripMs: 2000 }, 1, 1],
  ] as const)('of %j is within %f and %f', (figures, low, high) => {
    const score = opinionScore(figures)

    expect(score).toBeGreaterThanOrEqual(low)
    expect(score).toBeLessThanOrEqual(high)
  })

  it('is lower for GSM 06.10', () => {
    expect(opinionScore({ lossPercent: 0, jitterMs: 0 }, 'GSM')).toBeLessThan(4)
  })
})
