import { describe, expect, it } from 'vitest'
import { callerSays } from '../../src/engines/embedded/caller-says.ts'
import type { SipRequest } from '../../src/sip/message/message.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'

function invite(...headers: string[]): SipRequest {
  const lines = [
    'INVITE sip:+15550100@192.0.2.9 SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:+15550123@192.0.2.1>;tag=1',
    'To: <sip:+15550100@192.0.2.9>',
    'Call-ID: 1',
    'CSeq: 1 INVITE',
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ]
  const message = parseMessage(Buffer.from(lines.join('\r\n')))
  if (message.kind !== 'request') throw new Error('the request of the test is wrong')
  return message
}

const forwardedFrom = (...headers: string[]) => {
  const from = callerSays(invite(...headers), undefined).divertedFrom
  return from?.kind === 'number' ? from.e164 : from?.raw
}

describe('what a caller says beside who it is', () => {
  it.each([
    ['nothing', [], undefined],
    ['a number', ['Diversion: <sip:+12025550101@carrier.example>;reason=unconditional'], '+12025550101'],
    ['a number without a plus', ['Diversion: "Ann" <sip:12025550101@carrier.example>'], '+12025550101'],
    ['a tel URI', ['Diversion: <tel:+1-202-555-0101>;reason=no-answer'], '+12025550101'],
    ['a user', ['Diversion: <sip:ann@carrier.example>'], 'sip:ann@carrier.example'],
    [
      'the last of two diversions, which stands first (RFC 5806 §4.1)',
      ['Diversion: <sip:+12025550102@b.example>', 'Diversion: <sip:+12025550101@a.example>'],
      '+12025550102',
    ],
    ['rubbish', ['Diversion: <<<'], undefined],
    [
      'the one that was left for a cause (RFC 4458)',
      [
        'History-Info: <sip:+12025550101@a.example>;index=1, <sip:+12025550102@b.example;cause=302>;index=1.1',
        'History-Info: <sip:+15550100@192.0.2.9>;index=1.1.1',
      ],
      '+12025550101',
    ],
    ['a history without a cause', ['History-Info: <sip:a@a.example>;index=1, <sip:b@b.example>;index=1.1'], undefined],
  ])('was diverted: %s', (_what, headers, expected) => {
    expect(forwardedFrom(...headers)).toBe(expected)
  })

  it('keeps its own fields, the first of each name, in one line, and not too many', () => {
    const many = Array.from({ length: 40 }, (_, i) => `X-More-${i}: ${i}`)
    const long = 'a'.repeat(400)
    const { headers } = callerSays(
      invite('X-PH-Order: 7', 'x-ph-order: 8', 'Subject: no', `X-Long: ${long}`, 'X-Tab: a\tb', ...many),
      undefined,
    )

    expect(headers).toMatchObject({ 'X-PH-Order': '7', 'X-Long': 'a'.repeat(256), 'X-Tab': 'a b', 'X-More-0': '0' })
    expect(Object.keys(headers)).toHaveLength(32)
  })
})
