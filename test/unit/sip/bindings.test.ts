import { describe, expect, it } from 'vitest'
import type { Flow, SipRequest } from '../../../src/sip/message/message.ts'
import { parseMessage } from '../../../src/sip/message/parse.ts'
import { sameUri } from '../../../src/sip/message/same-uri.ts'
import { parseUri } from '../../../src/sip/message/uri.ts'
import type { Binding } from '../../../src/sip/registrar/binding-store.ts'
import { contactValues, register } from '../../../src/sip/registrar/bindings.ts'

const flow: Flow = {
  transport: 'UDP',
  localAddress: '192.0.2.1',
  localPort: 5060,
  remoteAddress: '203.0.113.5',
  remotePort: 40000,
}
const now = 1_000_000

function request(contacts: readonly string[], { cseq = 1, callId = 'phone', more = [] as string[] } = {}): SipRequest {
  const lines = [
    'REGISTER sip:x SIP/2.0',
    'Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:1001@x>;tag=a',
    'To: <sip:1001@x>',
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    ...contacts.map((value) => `Contact: ${value}`),
    ...more,
    'Content-Length: 0',
  ]
  const message = parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`))
  if (!('kind' in message)) throw new Error(JSON.stringify(message))
  return message as SipRequest
}

const put = (bindings: readonly Binding[], asked: SipRequest, at = now) => register(bindings, asked, flow, at)
function ok(result: ReturnType<typeof register>) {
  if (result.kind === 'refused') throw new Error(result.sentence)
  return result
}
const bound = (...contacts: string[]) => ok(put([], request(contacts))).bindings

describe('a REGISTER', () => {
  it.each([
    ['the parameter over the header', ['<sip:a@h>;expires=120'], ['Expires: 900'], 120],
    ['the header', ['<sip:a@h>'], ['Expires: 900'], 900],
    ['nothing', ['<sip:a@h>'], [], 3600],
    ['nonsense as nothing', ['<sip:a@h>;expires=soon'], [], 3600],
    ['too much', ['<sip:a@h>;expires=99999999999'], [], 3600],
    ['a day', ['<sip:a@h>;expires=86400'], [], 7200],
  ])('takes the seconds from %s', (_, contacts, more, seconds) => {
    const { bindings } = ok(put([], request(contacts, { more })))
    expect(bindings.map(({ expiresAt }) => (expiresAt - now) / 1000)).toEqual([seconds])
  })

  it.each([
    ['<sip:a@203.0.113.5:5070>', 5070],
    ['<sip:a@203.0.113.5:5070;transport=udp>', 5070],
    ['<sip:a@203.0.113.5>', flow.remotePort],
    ['<sip:a@203.0.113.5:5070;transport=tcp>', flow.remotePort],
    ['<sip:a@10.0.0.5:5070>', flow.remotePort],
    ['<sip:a@phone.example:5070>', flow.remotePort],
  ])('rings %s at port %i', (contact, remotePort) => {
    expect(put([], request([contact]))).toMatchObject({ kind: 'ok', bindings: [{ flow: { ...flow, remotePort } }] })
  })

  it('keeps the flow beside the contact as written', () => {
    expect(bound('<sip:a@10.0.0.5:5060>;q=0.3')).toMatchObject([{ contact: 'sip:a@10.0.0.5:5060', flow, q: 0.3 }])
  })

  it('refreshes an equal contact and adds another', () => {
    const one = bound('<sip:a@host;transport=udp>')
    const two = ok(put(one, request(['<sip:a@HOST;transport=UDP>', '<sip:a@other>'], { cseq: 2 })))
    expect(two.bindings.map(({ contact }) => contact)).toEqual(['sip:a@host;transport=UDP', 'sip:a@other'])
  })

  it('of an eleventh phone takes the place of the one that was heard of longest ago', () => {
    // A phone that chooses a new port at each start, and never says goodbye.
    let bindings = bound('<sip:a@10.0.0.5:5000>')
    for (let n = 1; n < 10; n++) {
      const started = request([`<sip:a@10.0.0.5:${5000 + n}>`], { callId: `start${n}` })
      bindings = ok(put(bindings, started)).bindings
    }
    bindings = ok(put(bindings, request(['<sip:a@10.0.0.5:5000>'], { cseq: 2 }))).bindings
    const last = ok(put(bindings, request(['<sip:a@10.0.0.5:6000>'], { callId: 'again' })))
    expect(last.bindings).toHaveLength(10)
    expect(last.removed.map(({ contact }) => contact)).toEqual(['sip:a@10.0.0.5:5001'])
    expect(last.bindings.at(-1)!.contact).toBe('sip:a@10.0.0.5:6000')
  })

  it('changes nothing when it comes late, and everything when the phone has started anew', () => {
    const one = ok(put([], request(['<sip:a@h>'], { cseq: 5 }))).bindings
    expect(put(one, request(['<sip:a@h>;expires=0'], { cseq: 4 }))).toMatchObject({ kind: 'refused', status: 500 })
    expect(put(one, request(['<sip:a@h>;expires=0'], { cseq: 5 }))).toMatchObject({ kind: 'refused', status: 500 })
    expect(ok(put(one, request(['<sip:a@h>;expires=0'], { cseq: 1, callId: 'new' }))).removed).toHaveLength(1)
  })

  it('takes away one, or all, and says which', () => {
    const two = bound('<sip:a@h1>', '<sip:a@h2>')
    const one = ok(put(two, request(['<sip:a@h1>;expires=0'], { cseq: 2 })))
    expect([one.removed[0]?.contact, one.bindings.length]).toEqual(['sip:a@h1', 1])
    const none = ok(put(two, request(['*'], { cseq: 2, more: ['Expires: 0'] })))
    expect([none.removed.length, none.bindings.length]).toEqual([2, 0])
  })

  it('asks only, without Contact, and does not see what has ended', () => {
    const two = [...bound('<sip:a@h1>;expires=60'), ...bound('<sip:a@h2>;expires=600')]
    const later = ok(put(two, request([]), now + 60_000))
    expect(contactValues(later.bindings, now + 60_000)).toEqual(['<sip:a@h2>;expires=540'])
  })

  it.each([
    ['a wildcard with seconds', ['*'], ['Expires: 60'], 400],
    ['a wildcard without Expires', ['*'], [], 400],
    ['a wildcard in company', ['*', '<sip:a@h>'], ['Expires: 0'], 400],
    ['a telephone number', ['<tel:+15550100>'], [], 400],
    ['a short time', ['<sip:a@h>;expires=59'], [], 423],
    ['one good and one short contact', ['<sip:a@h>', '<sip:b@h>;expires=1'], [], 423],
    ['eleven contacts', Array.from({ length: 11 }, (_, i) => `<sip:a@h${i}>`), [], 403],
  ])('is refused with %s', (_, contacts, more, status) => {
    expect(put(bound('<sip:old@h>'), request(contacts, { more, cseq: 2 }))).toMatchObject({ kind: 'refused', status })
  })
})

// RFC 3261 §19.1.4.
describe('URIs', () => {
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtlanTa.CoM;Transport=tcp', true],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5', true],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5', true],
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtlanTa.CoM;Transport=UDP', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp', false],
    ['sip:bob@biloxi.com;security=on', 'sip:bob@biloxi.com;security=off', false],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next', false],
    ['sip:a@h', 'sips:a@h', false],
    ['tel:+1-555-0100', 'tel:+15550100', true],
  ])('%s and %s', (a, b, same) => {
    expect(sameUri(parseUri(a)!, parseUri(b)!)).toBe(same)
    expect(sameUri(parseUri(b)!, parseUri(a)!)).toBe(same)
  })
})
