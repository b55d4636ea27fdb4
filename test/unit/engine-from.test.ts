import { describe, expect, it } from 'vitest'
import { fromHeader } from '../../src/engines/embedded/place.ts'
import type { Address } from '../../src/phone/address.ts'
import { formatUri } from '../../src/sip/message/uri.ts'

const login = { uri: 'sip:+15550142@carrier.example', credentials: { username: 'us', password: 'secret' } }
const plain = { uri: 'sip:1001@192.0.2.7:5062' }
const uri = (text: string): Address => ({ kind: 'uri', uri: text, raw: text })

describe('the From of a call that we place', () => {
  it.each<[string, Address, typeof login | typeof plain, string]>([
    ['a number', { kind: 'number', e164: '+15550100', raw: '' }, plain, 'sip:+15550100@192.0.2.4'],
    ['at a carrier', { kind: 'number', e164: '+15550100', raw: '' }, login, 'sip:+15550100@carrier.example'],
    ['an extension', { kind: 'extension', username: '1001', raw: '' }, plain, 'sip:1001@192.0.2.4'],
    ['nobody', { kind: 'anonymous', raw: '' }, plain, 'sip:anonymous@anonymous.invalid'],
    ['a URI', uri('sip:ann@example.com'), plain, 'sip:ann@example.com'],
    ['a phone of Asterisk', uri('asterisk:2001'), plain, 'sip:2001@192.0.2.4'],
    ['a phone of FreeSWITCH', uri('freeswitch:ann'), login, 'sip:ann@carrier.example'],
    ['a name that is no user part', uri('freeswitch:a@b;c=1>'), plain, 'sip:a%40b;c=1%3E@192.0.2.4'],
    ['a name with spaces', uri('freeswitch:Ann\r\nVia: x'), plain, 'sip:Ann%0D%0AVia%3A%20x@192.0.2.4'],
  ])('is that of %s', (_, from, to, header) => {
    expect(formatUri(fromHeader(from, to, '192.0.2.4').uri)).toBe(header)
  })

  it('is refused for what is no URI', () => {
    for (const text of ['nobody', 'sip:', 'freeswitch:'])
      expect(() => fromHeader(uri(text), plain, '192.0.2.4')).toThrow(`the caller id ${text} is no URI`)
  })
})
