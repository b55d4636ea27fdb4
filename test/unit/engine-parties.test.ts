import { describe, expect, it } from 'vitest'
import type { Directory, Trunk } from '../../src/engines/embedded/directory.ts'
import { calledParty, callerId, callingParty, meantBy } from '../../src/engines/embedded/parties.ts'
import type { Address } from '../../src/phone/address.ts'
import type { CallSource } from '../../src/phone/call.ts'
import type { SipRequest } from '../../src/sip/message/message.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'
import { parseUri } from '../../src/sip/message/uri.ts'

function invite(uri: string, to: string, ...headers: string[]): SipRequest {
  const lines = [
    `INVITE ${uri} SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'From: "Cal" <sip:+15550123@192.0.2.1>;tag=1',
    `To: <${to}>`,
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

const account: Trunk = {
  id: 'trk_1',
  name: 'carrier',
  uri: 'sip:carrier.example',
  username: 'site1',
  password: 'secret',
  register: true,
  addresses: [],
  maxCalls: 20,
}

/** +15550100 and +15550101 are ours; the numbers given go out by the trunk. */
class House implements Directory {
  readonly #ofTrunk: readonly string[]
  constructor(ofTrunk: readonly string[] = []) {
    this.#ofTrunk = ofTrunk
  }
  async credentials(username: string) {
    return username === '1001' ? { ha1Md5: '', ha1Sha256: '' } : undefined
  }
  async trunks() {
    return [account]
  }
  async trunkFor() {
    return undefined
  }
  async numbersOfTrunk() {
    return this.#ofTrunk
  }
  async owns(e164: string) {
    return e164 === '+15550100' || e164 === '+15550101'
  }
  async callerIdOf(_username?: string): Promise<string | undefined> {
    return undefined
  }
  async callerIdOfTrunk(_trunk?: string): Promise<string | undefined> {
    return undefined
  }
  async forbids(_to?: Address): Promise<string | undefined> {
    return undefined
  }
  async srtpOf() {
    return 'allowed' as const
  }
  async extensionOfNumber() {
    return undefined
  }
}

const trunk: CallSource = { kind: 'trunk', id: 'trk_1', name: 'carrier' }
const trusted: CallSource = { kind: 'trusted', address: '127.0.0.1' }

describe('who is called', () => {
  it.each([
    ['sip:+15550100@192.0.2.9', 'number', '+15550100'],
    ['sip:15550100@192.0.2.9', 'number', '+15550100'],
    ['tel:+15550100', 'number', '+15550100'],
    ['sip:+15550100;phone-context=x@192.0.2.9', 'number', '+15550100'],
    ['sip:1001@192.0.2.9', 'extension', '1001'],
    ['sip:192.0.2.9', 'uri', 'sip:192.0.2.9'],
  ])('%s is the %s %s', async (uri, kind, key) => {
    const to = await calledParty(invite(uri, 'sip:x@y'), trusted, new House(), undefined)

    expect(to.kind).toBe(kind)
    expect(Object.values(to)).toContain(key)
  })

  it.each<[string, SipRequest, readonly string[], string]>([
    ['in To', invite('sip:site1@192.0.2.9', 'sip:+15550101@carrier.example'), [], '+15550101'],
    ['in To without its plus', invite('sip:site1@192.0.2.9', 'sip:15550101@carrier.example'), [], '+15550101'],
    [
      'in P-Called-Party-ID, before To',
      invite('sip:site1@192.0.2.9', 'sip:+15550101@c.example', 'P-Called-Party-ID: <sip:+15550100@c.example>'),
      [],
      '+15550100',
    ],
    [
      'nowhere, but the trunk has one',
      invite('sip:site1@192.0.2.9', 'sip:site1@c.example'),
      ['+15550100'],
      '+15550100',
    ],
  ])('a carrier calls our account, and the number stands %s', async (_, request, ofTrunk, e164) => {
    expect(await calledParty(request, trunk, new House(ofTrunk), undefined)).toMatchObject({ kind: 'number', e164 })
  })

  it('is the account itself where nothing tells the number', async () => {
    const request = invite('sip:site1@192.0.2.9', 'sip:site1@c.example')

    expect(await calledParty(request, trunk, new House(['+15550100', '+15550101']), undefined)).toMatchObject({
      kind: 'extension',
      username: 'site1',
    })
  })
})

describe('who calls', () => {
  it.each<[string, string[], object]>([
    ['From', [], { kind: 'number', e164: '+15550123', name: 'Cal' }],
    ['P-Asserted-Identity', ['P-Asserted-Identity: "Dee" <sip:+15550124@c>'], { e164: '+15550124', name: 'Dee' }],
    ['Privacy', ['Privacy: id'], { kind: 'anonymous' }],
  ])('is believed by %s', (_, headers, expected) => {
    const request = invite('sip:+15550100@192.0.2.9', 'sip:x@y', ...headers)

    expect(callingParty(request, trunk, undefined)).toMatchObject(expected)
  })

  it('is who it proved to be, whatever From says', () => {
    const request = invite('sip:+15550100@192.0.2.9', 'sip:x@y')

    expect(callingParty(request, { kind: 'extension', username: '1001' }, undefined)).toMatchObject({
      kind: 'extension',
      username: '1001',
    })
  })
})

describe('who is meant by a URI that a party gives', () => {
  it.each([
    ['sip:1001@phones.example', 'extension', '1001'],
    ['sip:15550100@phones.example', 'number', '+15550100'],
    ['sip:+4930123@phones.example', 'number', '+4930123'],
    ['sip:1009@192.0.2.9', 'extension', '1009'],
    ['sip:1009@phones.example:5070', 'uri', 'sip:1009@phones.example:5070'],
    ['sip:phones.example', 'uri', 'sip:phones.example'],
    ['tel:1009', 'extension', '1009'],
  ])('%s is the %s %s', async (text, kind, key) => {
    const uri = parseUri(text)
    if (uri === undefined || uri.scheme === 'other') throw new Error('the URI of the test is wrong')
    const party = await meantBy(uri, new House(), undefined, ({ host }) => host === '192.0.2.9')

    expect(party.kind).toBe(kind)
    expect(Object.values(party)).toContain(key)
  })
})

describe('whom others see of one who calls out', () => {
  class Numbers extends House {
    override async callerIdOf(username?: string): Promise<string | undefined> {
      return username === '1001' ? '+15550101' : undefined
    }
    override async callerIdOfTrunk(trunk?: string) {
      return trunk === 'trk_1' ? '+15550100' : undefined
    }
  }
  const extension = (username: string): Address => ({ kind: 'extension', username, raw: username, name: 'Ann' })

  it.each<[string, boolean, string | undefined, object]>([
    ['1001', false, undefined, { username: '1001' }],
    ['1001', true, 'trk_1', { e164: '+15550101', name: 'Ann' }],
    ['1002', true, 'trk_1', { e164: '+15550100', name: 'Ann' }],
    ['1002', true, 'trk_2', { username: '1002' }],
    ['1002', true, undefined, { username: '1002' }],
  ])('%s, outside %s, by the trunk %s', async (username, outside, trunk, seen) => {
    expect(await callerId(extension(username), { outside, trunk }, new Numbers())).toMatchObject(seen)
  })
})
