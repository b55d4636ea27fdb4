import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDocument } from '../../../src/apps/document/document.ts'
import { elementsOf, readXml, textOf } from '../../../src/apps/document/xml.ts'
import { africasTalking } from '../../../src/engines/hosted/africas-talking.ts'
import { plivo } from '../../../src/engines/hosted/plivo.ts'
import type { Occasion, Step } from '../../../src/engines/hosted/step.ts'

const url = (about: Occasion) => `https://phone.example/voice/x/call_1/7/${about}`
const say = (text: string) => ({ kind: 'say', text }) as const
const gather: Extract<Step, { kind: 'gather' }> = {
  ...{ kind: 'gather', before: [], sounds: [say('Press 1.')], maxDigits: 4, finishKey: '#', allowed: '' },
  ...{ firstSeconds: 5, interSeconds: 3 },
}
const inner = (document: string) => /<Response>(.*)<\/Response>/s.exec(document)?.[1] ?? ''
const then = `<Redirect>${url('next')}</Redirect>`

const steps: readonly (readonly [name: string, step: Step, at: string | undefined, plivo: string])[] = [
  ['words', { kind: 'play', sounds: [say('Tom & Ann')] }, '<Say>Tom &amp; Ann</Say>', '<Speak>Tom &amp; Ann</Speak>'],
  [
    'a file',
    { kind: 'play', sounds: [{ kind: 'play', url: 'https://x/a.wav' }] },
    '<Play url="https://x/a.wav"/>',
    '<Play>https://x/a.wav</Play>',
  ],
  [
    'keys',
    gather,
    `<GetDigits numDigits="4" timeout="5" finishOnKey="#" callbackUrl="${url('keys')}"><Say>Press 1.</Say></GetDigits>`,
    `<GetDigits action="${url('keys')}" timeout="5" digitTimeout="3" numDigits="4" retries="1" finishOnKey="#"><Speak>Press 1.</Speak></GetDigits>`,
  ],
  [
    'keys after what none cuts off',
    { ...gather, before: [say('First.')], sounds: [], finishKey: '', allowed: '12' },
    `<Say>First.</Say><GetDigits numDigits="4" timeout="5" callbackUrl="${url('keys')}"/>`,
    `<Speak>First.</Speak><GetDigits action="${url('keys')}" timeout="5" digitTimeout="3" numDigits="4" retries="1" finishOnKey="none" validDigits="12"/>`,
  ],
  [
    'a recording',
    { kind: 'record', maxSeconds: 60, silenceSeconds: 5, stopOn: '#', beep: true },
    `<Record finishOnKey="#" maxLength="60" timeout="5" trimSilence="false" playBeep="true" callbackUrl="${url('recording')}"/>`,
    `<Record action="${url('recording')}" fileFormat="wav" maxLength="60" playBeep="true" timeout="5" finishOnKey="#"/>`,
  ],
  [
    'a dial',
    { kind: 'dial', places: [{ to: '+254722000001' }], seconds: 20, callerId: '+254711082880', hangupOnStar: false },
    '<Dial phoneNumbers="+254722000001" record="false" sequential="false" callerId="+254711082880"/>',
    `<Dial action="${url('dial')}" timeout="20" callerId="+254711082880" hangupOnStar="false"><Number>+254722000001</Number></Dial>`,
  ],
  [
    'a dial of addresses too',
    {
      ...{ kind: 'dial', places: [{ to: '+254722000001' }, { to: 'sip:ann@ke.sip.africastalking.com' }], seconds: 9 },
      ...{ maxSeconds: 60, hangupOnStar: true, ringback: 'https://x/r.wav' },
    },
    '<Dial phoneNumbers="+254722000001,ann@ke.sip.africastalking.com" record="false" sequential="false" ringBackTone="https://x/r.wav" maxDuration="60"/>',
    `<Dial action="${url('dial')}" timeout="9" timeLimit="60" hangupOnStar="true"><Number>+254722000001</Number><User>sip:ann@ke.sip.africastalking.com</User></Dial>`,
  ],
  ['keys to press', { kind: 'send', digits: '1w2' }, undefined, '<DTMF async="false">1w2</DTMF>'],
  [
    'nothing yet',
    { kind: 'wait', seconds: 3, silence: 'https://x/s.wav' },
    '<Play url="https://x/s.wav"/>',
    '<Wait length="3"/>',
  ],
]

describe('a step is written', () => {
  it.each(steps)('%s', (_, step, at, own) => {
    expect(inner(plivo.write(step, url))).toBe(own + then)
    if (at !== undefined) expect(inner(africasTalking.write(step, url))).toBe(at + then)
    // What is written for Plivo is what a strict reader of that dialect takes.
    expect(readDocument(plivo.write(step, url)).notes).toEqual([])
  })

  it.each([
    ['an answered call', true, 'completed', '', '<Hangup/>'],
    ['a call that is refused', false, 'declined', '<Reject/>', '<Hangup reason="rejected"/>'],
    ['a call that is busy', false, 'busy', '<Reject/>', '<Hangup reason="busy"/>'],
  ] as const)('the end of %s', (_, answered, code, at, own) => {
    const step: Step = { kind: 'hangup', answered, code }
    expect(inner(africasTalking.write(step, url))).toBe(at)
    expect(inner(plivo.write(step, url))).toBe(own)
  })

  it('with whatever text, as XML that holds it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const dialect of [africasTalking, plivo]) {
          const [first] = elementsOf(readXml(dialect.write({ kind: 'play', sounds: [say(`x${text}`)] }, url)))
          const kept = `x${text}`.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
          expect(textOf(first!)).toBe(kept.replace(/\r\n?/g, '\n').trim())
        }
      }),
    )
  })
})

describe("what Africa's Talking posts", () => {
  const call = {
    ...{ sessionId: 'ATVId_1', direction: 'Inbound', isActive: '1', callerNumber: '+254722000000' },
    destinationNumber: '+254711082880',
  }

  it('asks, with the keys of a step only where it is about keys', () => {
    const posted = { ...call, dtmfDigits: '12' }
    expect(africasTalking.read(posted, 'keys')).toMatchObject({
      state: 'up',
      session: 'ATVId_1',
      news: { digits: '12' },
    })
    expect(africasTalking.read(posted, 'next')?.news).toEqual({})
  })

  it('tells of a dial that was answered, and asks nothing', () => {
    expect(africasTalking.read({ ...call, dialDestinationNumber: '+254722000001' }, undefined)).toMatchObject({
      ...{ state: 'told', news: { dial: { answered: true, to: '+254722000001' } } },
    })
  })

  it.each([
    ['NORMAL_CLEARING', 'completed'],
    ['USER_BUSY', 'busy'],
    ['CALL_REJECTED', 'declined'],
    ['NO_ANSWER', 'no_answer'],
    ['NO_USER_RESPONSE', 'no_answer'],
    ['SUBSCRIBER_ABSENT', 'no_answer'],
    ['UNALLOCATED_NUMBER', 'not_found'],
    ['ORIGINATOR_CANCEL', 'canceled'],
    ['LOSE_RACE', 'canceled'],
    ['SERVICE_UNAVAILABLE', 'unreachable'],
    ['NORMAL_TEMPORARY_FAILURE', 'unreachable'],
    ['RECOVERY_ON_TIMER_EXPIRE', 'unreachable'],
    ['USER_NOT_REGISTERED', 'not_registered'],
    ['UNSPECIFIED', 'failed'],
  ])('ends with %s, which is %s', (hangupCause, code) => {
    const notice = africasTalking.read({ ...call, isActive: '0', hangupCause, durationInSeconds: '3.21' }, undefined)
    expect(notice).toMatchObject({ state: 'over', end: { code, seconds: 3.21 } })
  })

  it('is nothing without a session or without parties', () => {
    expect(africasTalking.read({ ...call, sessionId: '' }, undefined)).toBeUndefined()
    expect(africasTalking.read({ sessionId: 'x', isActive: '1' }, undefined)).toBeUndefined()
  })
})

describe('what Plivo posts', () => {
  const call = { CallUUID: 'u1', From: '15551230000', To: '15550100', CallStatus: 'ringing', Direction: 'inbound' }

  it.each([
    ['the first request', call, undefined, 'up'],
    ['one about a step, though the call is over', { ...call, CallStatus: 'completed' }, 'recording', 'up'],
    ['the end at the URL of answers', { ...call, Event: 'Hangup', CallStatus: 'completed' }, undefined, 'over'],
    ['the end of a call that we placed', { ...call, CallStatus: 'no-answer' }, 'over', 'over'],
    ['ringing', { ...call, Direction: 'outbound' }, 'ringing', 'ringing'],
  ] as const)('%s', (_, fields, about, state) => {
    expect(plivo.read(fields, about)?.state).toBe(state)
  })

  it.each([
    ['completed', 'NORMAL_CLEARING', true, 'completed'],
    ['busy', 'USER_BUSY', false, 'busy'],
    ['no-answer', 'NO_ANSWER', false, 'no_answer'],
    ['timeout', '', false, 'no_answer'],
    ['failed', 'UNALLOCATED_NUMBER', false, 'not_found'],
    ['cancel', '', false, 'canceled'],
  ])('a dial that is %s for %s', (DialStatus, DialHangupCause, answered, code) => {
    const { news } = plivo.read({ ...call, DialStatus, DialHangupCause, DialBLegDuration: '7' }, 'dial') ?? {}
    expect(news?.dial).toMatchObject({ answered, code, seconds: 7 })
  })
})
