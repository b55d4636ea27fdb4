import { describe, expect, it } from 'vitest'
import type { Flow, SipRequest } from '../../../src/sip/message/message.ts'
import { parseMessage } from '../../../src/sip/message/parse.ts'
import { parseUri } from '../../../src/sip/message/uri.ts'
import { needsFlow } from '../../../src/sip/user-agent/dialog-route.ts'
import { dtmfRelay, readInfoKey } from '../../../src/sip/user-agent/dtmf-info.ts'
import { readReason, reasonEntries } from '../../../src/sip/user-agent/reason-header.ts'

function bye(lines: readonly string[], body = ''): SipRequest {
  const text = [
    'BYE sip:b@x SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:a@x>;tag=a',
    'To: <sip:b@x>;tag=b',
    'Call-ID: c',
    'CSeq: 2 BYE',
    ...lines,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
  const message = parseMessage(Buffer.from(text))
  if (!('kind' in message)) throw new Error(JSON.stringify(message))
  return message as SipRequest
}

describe('Reason', () => {
  it.each([
    [['Reason: Q.850;cause=17;text="User busy"'], { q850: 17, text: 'User busy' }],
    [['Reason: q.850 ;cause=16'], { q850: 16 }],
    [
      ['Reason: SIP;cause=200;text="Call completed elsewhere"', 'Reason: Q.850;cause=26'],
      { q850: 26, text: 'Call completed elsewhere' },
    ],
    [['Reason: Q.850;cause=abc'], {}],
    [['Reason: Q.850'], {}],
    [[], {}],
  ])('of %j', (lines, reason) => {
    expect(readReason(bye(lines))).toEqual(reason)
  })

  it('is written so that it reads back, and cannot begin another header', () => {
    const [entry] = reasonEntries({ q850: 16, text: 'a "b"\r\nEvil: 1' })
    expect(readReason(bye([`${entry![0]}: ${entry![1]}`]))).toEqual({ q850: 16, text: 'a "b" Evil: 1' })
  })
})

describe('a key by INFO', () => {
  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=200\r\n', { key: '5', ms: 200 }],
    ['application/dtmf-relay', 'Signal= #\nDuration= 100', { key: '#', ms: 100 }],
    ['application/dtmf-relay', 'signal=11', { key: '#', ms: 160 }],
    ['application/dtmf-relay', 'Signal=a\r\nDuration=1', { key: 'A', ms: 40 }],
    ['application/dtmf', '*', { key: '*', ms: 160 }],
    ['application/dtmf', '10', { key: '*', ms: 160 }],
    ['application/dtmf', 'hello', undefined],
    ['application/dtmf-relay', 'Signal=x', undefined],
    ['application/dtmf-relay', 'nothing', undefined],
    ['application/dtmf', `5${' '.repeat(500)}`, undefined],
  ])('%s %j', (type, body, key) => {
    expect(readInfoKey(bye([`Content-Type: ${type}`], body), type)).toEqual(key)
  })

  it('reads back what it writes', () => {
    for (const key of '0123456789*#ABCD') {
      const body = String(dtmfRelay({ key, ms: 120 }).content)
      expect(readInfoKey(bye(['Content-Type: application/dtmf-relay'], body), 'application/dtmf-relay')).toEqual({
        key,
        ms: 120,
      })
    }
  })
})

describe('a Contact that needs its flow', () => {
  const flow: Flow = {
    transport: 'UDP',
    localAddress: '192.0.2.1',
    localPort: 5060,
    remoteAddress: '203.0.113.5',
    remotePort: 40000,
  }
  it.each<[string, Partial<Flow>, boolean]>([
    ['sip:a@203.0.113.5:5060', {}, false],
    ['sip:a@198.51.100.7', {}, false],
    ['sip:a@192.168.1.5:5060', {}, true],
    ['sip:a@192.168.1.5:5062', { remoteAddress: '192.168.1.5' }, false],
    ['sip:a@[fd00::1]', {}, true],
    ['sip:a@phone.example', {}, false],
    ['sip:a@df7jal23ls0d.invalid', {}, true],
    ['sip:a@203.0.113.5:5060', { transport: 'TCP' }, true],
  ])('%s from %j', (uri, more, needed) => {
    expect(needsFlow(parseUri(uri)!, { ...flow, ...more })).toBe(needed)
  })
})
